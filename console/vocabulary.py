"""Machine words in the operator's language: what the audit calls actions, what refusals call their
details, what prices and states are called in phrases such as "spread home 1.85 → 2.60".

English shows them as they are stored, and the catalogue has other languages' words for them.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext, pgettext

from betting.grading import Result
from betting.models import LedgerEntry, Order, Proposal
from console.po import Text
from kmarket.errors import DomainError
from kmarket.sentences import Sentence
from markets.lifecycle import Event, MarketStatus
from markets.models import OddsUpdate
from vault.models import Withdrawal

ACTIONS = (
    *(f"market.{event}" for event in Event),
    *("market.create", "market.edit", "market.limits", "market.odds", "market.release"),
    *("market.describe", "market.resettle", "orders.void"),
    *("proposal.propose", "proposal.approve", "proposal.withdraw", "proposal.stale"),
    *("balance.credit", "balance.debit", "check.request", "session.end"),
    *("chain.replay", "chain.rescan", "chain.finding.dismiss"),
    *("withdrawal.release", "withdrawal.confirm", "withdrawal.refuse"),
    *("user.add", "user.edit", "user.end_sessions"),
    *("user.set_active", "user.set_password", "user.set_role"),
)
GROUPS = ("moneyline", "spread", "total")
# What is written where nobody was asked why.
REASONS = (
    *("asked for at once", "in the console", "released over the API", "a new password"),
    *("settlement", "start time"),
    *("FEED_SILENT", "the feed speaks again", "import", "seed", "the demo's round is over"),
    *("demo faucet", "repays what a corrected result took back"),
)
# What phrases are made of, beside numbers and punctuation. No two of them are the same word with
# two meanings.
WORDS = (
    *GROUPS,
    *("home", "draw", "away", "over", "under", "line"),
    *("opening", "closing", "both", "scores", "start", "option", "pinned", "yes", "no"),
    *("title", "orders", "since", "proposal"),
    *(status.value for status in MarketStatus),
    *(event.value for event in Event),
    *(result.value for result in Result),
    *Order.State.values,
    *LedgerEntry.Account.values,
    *LedgerEntry.Cause.values,
    *OddsUpdate.Source.values,
    *(state.value for state in Proposal.State if state != Proposal.State.OPEN),
    *Withdrawal.State.values,
)
_WORD = re.compile(r"[A-Za-z_]+")


def phrase(text: object) -> str:
    """Say machine words and numbers; what is no known word stays as it is."""
    return _WORD.sub(lambda found: pgettext("word", found[0]), str(text))


def spoken(text: object) -> str:
    """Say a sentence with its values; other text was written by people and stays as it is."""
    if not isinstance(text, Sentence):
        return str(text)
    words = gettext(text.words)
    if not text.values:
        return phrase(words) if words == text.words else words
    values = text.values.items()
    return words % {
        name: spoken(value) if isinstance(value, Sentence) else value for name, value in values
    }


def pair(name: object, value: object) -> str:
    """Say what something is: "status: closed"."""
    return pgettext("punctuation", "%(name)s: %(value)s") % {"name": name, "value": value}


def listed(parts: Iterable[str]) -> str:
    """Say one thing after the other."""
    return pgettext("punctuation", ", ").join(parts)


def action(name: str) -> str:
    """Say what an operator did, "market.suspend" or the like."""
    return pgettext("action", name)


def reason(text: str) -> str:
    """Say why something was done, where a machine wrote it; what people wrote stays as it is."""
    return pgettext("reason", text)


def recorded(name: str, value: object) -> str:
    """Say what the audit has of a thing before or after: "status: active", "home score: 2".

    Values that people wrote, such as a title, stay as they are.
    """
    column = name.replace("_", " ")
    label = pgettext("field", column)
    label = phrase(name) if label == column else label
    is_free = isinstance(value, str) and name not in GROUPS and value not in WORDS
    return pair(label, value if is_free else _value(value))


def details(refusal: DomainError) -> str:
    """Say what a refusal says beside its sentence: "status: closed, possible: settle, void"."""
    said = refusal.details.items()
    return listed(pair(pgettext("detail", name), _value(value)) for name, value in said)


def named() -> Iterator[tuple[Text, str]]:
    """Yield the words with the module that has them."""
    yield from ((Text(name, "action"), __name__) for name in ACTIONS)
    yield from ((Text(text, "reason"), __name__) for text in REASONS)
    yield from ((Text(word, "word"), __name__) for word in dict.fromkeys(WORDS))


def _value(value: Any) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return phrase("yes" if value else "no")
        case list() | tuple():
            return listed(map(_value, value))
        case dict():
            return listed(recorded(name, part) for name, part in value.items())
        case _:
            return phrase(value)
