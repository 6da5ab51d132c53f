"""What each call costs, measured on a node, as the table of contracts/README.md.

python -m contracts.tests.gas    writes the table anew
"""

from chain import anvil
from chain.artifacts import CONTRACTS
from contracts.tests.stage import E18, EVIDENCE, FOREVER, UNLIMITED, Stage

README = CONTRACTS / "README.md"
BEGIN, END = "<!-- gas -->\n", "<!-- /gas -->\n"
COUNTS = [2, 3, 8]


def measured(stage: Stage) -> dict[str, list[int]]:
    """Gas of each call, for each number of outcomes, the caller's 21,000 included.

    Traders have traded before and hold the token; the first of everything costs more.
    """
    columns = [_measured(stage, count) for count in COUNTS]
    return {call: [column[call] for column in columns] for call in columns[0]}


def table(rows: dict[str, list[int]]) -> str:
    """The rows as Markdown."""
    lines = [
        f"| gas | {' | '.join(f'{count} outcomes' for count in COUNTS)} |",
        f"| --- |{' ---: |' * len(COUNTS)}",
        *(f"| {call} | {' | '.join(f'{gas:,}' for gas in row)} |" for call, row in rows.items()),
    ]
    return "\n".join(lines) + "\n"


def written() -> dict[str, list[int]]:
    """What the table says."""
    lines = README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    return {call: [int(gas.replace(",", "")) for gas in row] for call, *row in cells}


def _measured(stage: Stage, count: int) -> dict[str, int]:
    owner, alice, bob = stage.owner, stage.alice, stage.bob
    none = [0] * count
    gas = {}

    def do(name: str, by: str, *call: object, at: int | None = None) -> None:
        gas[name] = stage.do(by, *call, at=at).gas

    # Not the contract's first market.
    stage.open()
    done = stage.create(owner, weights=[1] * count)
    market = done.event("MarketCreated").marketId
    gas["createMarket"] = done.gas
    do("buy, the first of a trader", alice, "buy", market, 0, E18, 0, FOREVER)
    do("buy", alice, "buy", market, 0, E18, 0, FOREVER)
    do("sell", alice, "sell", market, 0, E18, UNLIMITED, FOREVER)
    do("addLiquidity, the first of a provider", bob, "addLiquidity", market, E18, 0, none)
    do("addLiquidity", bob, "addLiquidity", market, E18, 0, none)
    do("removeLiquidity", bob, "removeLiquidity", market, E18, none)
    closes_at = stage.market(market).closesAt
    do("proposeResult", owner, "proposeResult", market, 1, EVIDENCE, at=closes_at)
    # A second later: in the same one the window's end would stay, and not writing it is cheaper.
    do("challengeResult", owner, "challengeResult", market, 0, EVIDENCE, at=closes_at + 1)
    until = stage.market(market).disputableUntil
    do("finalizeResult", owner, "finalizeResult", market, at=until)
    do("claim", alice, "claim", market, alice)
    do("voidMarket", owner, "voidMarket", stage.open(weights=[1] * count))
    return gas


def main() -> None:
    anvil.install()
    with anvil.Anvil() as node:
        rows = measured(Stage(node))
    text = README.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    README.write_text(f"{before}{BEGIN}{table(rows)}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
