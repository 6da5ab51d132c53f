"""English sentences that remember of which words and values they were made. Pure.

What reads them is mostly a program or a log, for which they are text like any other. A page for
people can say the words in another language and put the values in again.
"""

from collections.abc import Mapping
from typing import Any


class Sentence(str):
    """Text, and what it was made of."""

    __slots__ = ("values", "words")

    words: str
    values: Mapping[str, Any]


def said(words: str, /, **values: Any) -> Sentence:
    """Put values in the place of "%(name)s" in the words. Without values they are as they are."""
    sentence = Sentence(words % values if values else words)
    sentence.words = words
    sentence.values = values
    return sentence


class Said(Exception):
    """Why something cannot be, in a sentence. Subclasses are raised with its words and values."""

    def __init__(self, words: str, /, **values: Any) -> None:
        self.sentence = said(words, **values)
        super().__init__(self.sentence)
