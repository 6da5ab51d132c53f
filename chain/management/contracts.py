"""Which contract a command is about, as an argument."""

from argparse import ArgumentParser

from chain.events import Family


def add_contract(parser: ArgumentParser) -> None:
    """Have a command take --contract."""
    parser.add_argument(
        "--contract",
        choices=[family.value for family in Family],
        default=Family.MARKETS.value,
        help="which contract (default: %(default)s)",
    )
