"""What each call costs, measured on a node, as the tables of contracts/README.md.

python -m contracts.tests.gas    writes the tables anew
"""

from chain import anvil
from chain.artifacts import CONTRACTS
from contracts.tests.house import House
from contracts.tests.stage import E18, EVIDENCE, FOREVER, UNLIMITED, Stage

README = CONTRACTS / "README.md"
MARKET, VAULT = "gas", "vault gas"
COUNTS = [2, 3, 8]
MARKET_COLUMNS = [f"{count} outcomes" for count in COUNTS]
VAULT_COLUMNS = ["gas"]


def measured(stage: Stage) -> dict[str, list[int]]:
    """Gas of each call, for each number of outcomes, the caller's 21,000 included.

    Traders have traded before and hold the token; the first of everything costs more.
    """
    columns = [_measured(stage, count) for count in COUNTS]
    return {call: [column[call] for column in columns] for call in columns[0]}


def measured_vault(stage: Stage) -> dict[str, list[int]]:
    """Gas of each call that users make, in one column; the vault holds some already."""
    house, alice, bob = House(stage), stage.alice, stage.bob
    house.deposit(alice, 100 * E18)
    gas = {"deposit": house.deposit(alice, E18).gas}
    gas["depositFor"] = house.do(alice, "depositFor", bob, E18).gas
    hour = house.redeem(house.voucher(bob, E18), at=(stage.now // 3600 + 1) * 3600)
    gas["withdraw, the first of all"] = hour.gas
    gas["withdraw"] = house.redeem(house.voucher(bob, E18)).gas
    later = (stage.now // 3600 + 1) * 3600
    gas["withdraw, the first of an hour"] = house.redeem(house.voucher(bob, E18), at=later).gas
    later += 24 * 3600
    gas["withdraw, after a day without"] = house.redeem(
        house.voucher(bob, E18, seconds=10**6), at=later
    ).gas
    return {call: [each] for call, each in gas.items()}


def table(columns: list[str], rows: dict[str, list[int]]) -> str:
    """The rows as Markdown."""
    lines = [
        f"| call | {' | '.join(columns)} |",
        f"| --- |{' ---: |' * len(columns)}",
        *(f"| {call} | {' | '.join(f'{gas:,}' for gas in row)} |" for call, row in rows.items()),
    ]
    return "\n".join(lines) + "\n"


def written(name: str) -> dict[str, list[int]]:
    """What a table says."""
    _, text, _ = _cut(README.read_text(encoding="utf-8"), name)
    lines = text.splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    return {call: [int(gas.replace(",", "")) for gas in row] for call, *row in cells}


def _cut(text: str, name: str) -> tuple[str, str, str]:
    """Return what stands before a table, the table, and what follows it."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->\n"
    before, _, rest = text.partition(begin)
    within, _, after = rest.partition(end)
    return before + begin, within, end + after


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
        stage = Stage(node)
        tables = {
            MARKET: table(MARKET_COLUMNS, measured(stage)),
            VAULT: table(VAULT_COLUMNS, measured_vault(stage)),
        }
    text = README.read_text(encoding="utf-8")
    for name, lines in tables.items():
        before, _, after = _cut(text, name)
        text = before + lines + after
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
