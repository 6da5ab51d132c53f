"""From which block on nothing changes any more. Pure."""

from dataclasses import dataclass

TAG = "finalized"


@dataclass(frozen=True, slots=True)
class Finality:
    """The policy: the node's `finalized` block, or so many blocks below its head."""

    # None: the node's word for it.
    confirmations: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Finality":
        """Return the policy of the setting: `finalized`, or a number."""
        return cls() if text == TAG else cls(confirmations=int(text))

    @property
    def is_tag(self) -> bool:
        """Whether the node says it."""
        return self.confirmations is None
