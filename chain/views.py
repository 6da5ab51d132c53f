"""A contract's functions, asked of one node at one block: all answers are of the same moment."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chain.calls import Interface
from chain.config import ChainConfig
from chain.errors import BadAnswer, NodeError, Refused
from chain.fetching import Sight
from chain.rpc import Node

# Function and arguments.
Question = tuple[str, Sequence[Any]]

# All that is asked of a token.
_TOKEN = Interface(
    [
        {
            "type": "function",
            "name": "balanceOf",
            "inputs": [{"name": "owner", "type": "address"}],
            "outputs": [{"name": "", "type": "uint256"}],
        },
        {
            "type": "function",
            "name": "decimals",
            "inputs": [],
            "outputs": [{"name": "", "type": "uint8"}],
        },
    ]
)
# What nodes say where the contract itself refuses; whatever else they say, they could not tell.
_REVERTED_CODE = 3
_REVERTED = re.compile(r"revert", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class View:
    """One contract at the end of one block, as one node has it."""

    node: Node
    config: ChainConfig
    # How far the node is now.
    sight: Sight
    block: int
    block_hash: str
    functions: Interface

    def ask(self, questions: Sequence[Question]) -> list[Any]:
        """Return the answers; None where the contract refuses.

        Raises:
            NodeError: the node gives no answer that counts.
        """
        return self._ask(self.functions, [(self.config.contract, *each) for each in questions])

    def balances(self, tokens: Sequence[str]) -> list[int | None]:
        """Return what the contract holds of each token; None where the token refuses.

        Raises:
            NodeError: the node gives no answer that counts.
        """
        whose = [self.config.contract]
        return self._ask(_TOKEN, [(token, "balanceOf", whose) for token in tokens])

    def decimals(self, token: str) -> int | None:
        """Return how many decimals a token has; None where it doesn't say.

        Raises:
            NodeError: the node gives no answer that counts.
        """
        (told,) = self._ask(_TOKEN, [(token, "decimals", [])])
        return None if told is None else int(told)

    def _ask(
        self, interface: Interface, questions: Sequence[tuple[str, str, Sequence[Any]]]
    ) -> list[Any]:
        # Where the block is not on the node's chain any more, it says so and tells nothing.
        at = {"blockHash": self.block_hash, "requireCanonical": True}
        told = self.node.batch(
            [
                ("eth_call", [{"to": to, "data": interface.call(function, *args)}, at])
                for to, function, args in questions
            ]
        )
        return [
            self._answer(interface, function, answer)
            for (_, function, _), answer in zip(questions, told, strict=True)
        ]

    def _answer(self, interface: Interface, function: str, answer: Any) -> Any:
        if isinstance(answer, Refused) and (
            answer.code == _REVERTED_CODE or _REVERTED.search(str(answer))
        ):
            return None
        if isinstance(answer, NodeError):
            raise answer
        try:
            return interface.answer(function, answer)
        except (TypeError, ValueError, AttributeError) as exc:
            raise BadAnswer(f"{self.node.name}: {exc}") from exc
