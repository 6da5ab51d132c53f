"""A catalogue of translations as its file says it (.po), and as Django reads it (.mo).

As much of both formats as `manage.py translations` writes: whoever translates needs an editor, and
whoever runs the console neither gettext nor this.
"""

import ast
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MAGIC = 0x950412DE
MO_HEAD = struct.Struct("<7I")

_LINE = re.compile(r'(?:(msgctxt|msgid|msgid_plural|msgstr(?:\[0\])?) )?(".*")')


@dataclass(frozen=True, slots=True)
class Text:
    """What is looked up: words, the same for many where they have it, and what tells them from
    the same words elsewhere."""

    words: str
    context: str = ""
    plural: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What stands at the head of the file, as it stands there, and the translation of each text.

    "": not translated yet. A language with one form for all numbers has one for a plural, too.
    """

    head: str
    translated: Mapping[Text, str]


class Malformed(ValueError):
    """A line of a .po that is not understood, or a text that is there twice."""


def read(source: str) -> Catalogue:
    """Read a .po.

    Raises:
        Malformed: a line is none of the format's, or marked as fuzzy, or a text stands twice.
    """
    head, _, rest = source.partition("\n\n")
    translated: dict[Text, str] = {}
    for block in rest.split("\n\n"):
        found = _parts(block)
        if not found:
            continue
        text = Text(found["msgid"], found.get("msgctxt", ""), found.get("msgid_plural", ""))
        if text in translated:
            raise Malformed(f"{text} stands there twice.")
        translated[text] = found["msgstr[0]" if text.plural else "msgstr"]
    return Catalogue(head, translated)


def written(catalogue: Catalogue, *, places: Mapping[Text, Iterable[str]]) -> str:
    """Write a .po, its texts in the order of `places`, which says where each one is used."""
    blocks = [catalogue.head]
    for text, files in places.items():
        lines = [f"#: {' '.join(files)}"]
        if "%(" in text.words:
            lines.append("#, python-format")
        if text.context:
            lines.append(f"msgctxt {_quoted(text.context)}")
        lines.append(f"msgid {_quoted(text.words)}")
        if text.plural:
            lines.append(f"msgid_plural {_quoted(text.plural)}")
        form = "msgstr[0]" if text.plural else "msgstr"
        lines.append(f"{form} {_quoted(catalogue.translated.get(text, ''))}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def compiled(catalogue: Catalogue) -> bytes:
    """Return the .mo: what is translated, sorted, without the hash table that nobody reads."""
    pairs = [(b"", _parts(catalogue.head)["msgstr"].encode())]
    for text, words in catalogue.translated.items():
        if words:
            key = f"{text.context}\x04{text.words}" if text.context else text.words
            key = f"{key}\0{text.plural}" if text.plural else key
            pairs.append((key.encode(), words.encode()))
    pairs.sort()
    first = MO_HEAD.size
    second = first + 8 * len(pairs)
    place = second + 8 * len(pairs)
    tables: list[list[bytes]] = [[], []]
    strings: list[bytes] = []
    for column in (0, 1):
        for pair in pairs:
            tables[column].append(struct.pack("<2I", len(pair[column]), place))
            strings.append(pair[column] + b"\0")
            place += len(strings[-1])
    head = MO_HEAD.pack(MAGIC, 0, len(pairs), first, second, 0, place)
    return b"".join([head, *tables[0], *tables[1], *strings])


def _parts(block: str) -> dict[str, str]:
    """Return the strings of an entry by their keywords."""
    found: dict[str, str] = {}
    keyword = ""
    for line in block.splitlines():
        if line.startswith("#"):
            if line.startswith("#,") and "fuzzy" in line:
                raise Malformed(f"A guess is no translation: {block}")
            continue
        matched = _LINE.fullmatch(line.strip())
        keyword = (matched and matched[1]) or keyword
        if not matched or not keyword:
            raise Malformed(f"No line of a .po: {line}")
        found[keyword] = found.get(keyword, "") + ast.literal_eval(matched[2])
    return found


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
