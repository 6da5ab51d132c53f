"""A contract's functions, asked of one node at one block: all answers are of the same moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chain.calls import Interface
from chain.config import ChainConfig
from chain.errors import BadAnswer, NodeError, Reverted
from chain.fetching import Sight
from chain.rpc import Node

# Function and arguments.
Question = tuple[str, Sequence[Any]]


def _function(name: str, inputs: Sequence[str], output: str) -> dict[str, Any]:
    return {
        "type": "function",
        "name": name,
        "inputs": [{"name": f"{n}", "type": each} for n, each in enumerate(inputs)],
        "outputs": [{"name": "", "type": output}],
    }


# Of the collateral: all that is asked of a token.
TOKEN = Interface(
    [
        _function("balanceOf", ["address"], "uint256"),
        _function("allowance", ["address", "address"], "uint256"),
        _function("approve", ["address", "uint256"], "bool"),
        _function("decimals", [], "uint8"),
    ]
)


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
        return self._ask(TOKEN, [(token, "balanceOf", whose) for token in tokens])

    def purse(self, token: str, owner: str) -> tuple[int | None, int | None]:
        """Return what somebody holds of a token, and how much of it the contract may take; None
        where the token refuses.

        Raises:
            NodeError: the node gives no answer that counts.
        """
        contract = self.config.contract
        held, allowed = self._ask(
            TOKEN, [(token, "balanceOf", [owner]), (token, "allowance", [owner, contract])]
        )
        return held, allowed

    def decimals(self, token: str) -> int | None:
        """Return how many decimals a token has; None where it doesn't say.

        Raises:
            NodeError: the node gives no answer that counts.
        """
        (told,) = self._ask(TOKEN, [(token, "decimals", [])])
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
        if isinstance(answer, Reverted):
            return None
        if isinstance(answer, NodeError):
            raise answer
        try:
            return interface.answer(function, answer)
        except (TypeError, ValueError, AttributeError) as exc:
            raise BadAnswer(f"{self.node.name}: {exc}") from exc
