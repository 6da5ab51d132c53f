"""Lists of one user's orders in a large book: the very SQL of the API, explained.

Of a user with many orders and of one with few: each filter with its count, the first page and one
far behind. A figure is what PostgreSQL needs to plan and execute the list and its count.
"""

from collections.abc import Iterator
from http import HTTPStatus
from statistics import median
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from bench import bare, bulk, harness
from bench.bulk import Bettor
from bench.harness import Options, Result
from betting import settlement
from betting.models import Order
from betting.settlement import Result as Outcome
from kmarket.pages import PAGE_SIZE

MS_MAX = 20.0
MARKETS = 20
SETTLED = 10
# Of the user who has many.
MANY = 10_000
EACH_OF_OTHERS = 10
RUNS = 9

# query: (milliseconds, and of them each statement's: what it is, and what it is said to read)
Times = dict[str, tuple[float, list[str]]]


def run(options: Options) -> Iterator[Result]:
    with harness.servers():
        many = min(MANY, options.size // 20)
        tenth = times(options.size // 10, many=many)
        full = times(options.size - options.size // 10, many=many)
    for query, (milliseconds, plans) in full.items():
        yield Result(
            row=f"listing {query}",
            figure=milliseconds,
            unit="ms",
            bar=f"< {MS_MAX:.0f} ms",
            met=milliseconds < MS_MAX,
            seen={"plans": plans},
        )
    small, large = (sum(found[0] for found in size.values()) for size in (tenth, full))
    yield harness.growth("listing, all of these", small=small, large=large, unit="ms")


def times(orders: int, *, many: int) -> Times:
    """Add so many orders to the book, settle half of their markets, and list two users' orders.

    The first of the users gets `many` of the orders.
    """
    users = bulk.add_users(orders // EACH_OF_OTHERS)
    markets = [bulk.open_market().pk for _ in range(MARKETS)]
    bulk.add_orders(orders, users=users, markets=markets, of_first=many)
    for market_id in markets[:SETTLED]:
        settlement.settle_market(market_id=market_id, result=Outcome(scores=(2, 1)), actor=None)
        bulk.claim_some(market_id)
    bulk.check_ledger()
    bulk.execute("VACUUM (ANALYZE)")
    found: Times = {}
    for who, user_id in ((f"of {many:,} orders", users[0]), ("of a few orders", users[1])):
        bettor = bulk.sign_in(user_id)
        for query in queries(user_id):
            shown = {name: "…" if name == "marketId" else query[name] for name in query}
            found[f"{who}, ?{urlencode(shown, safe='…')}"] = explained(bettor, query)
    return found


def queries(user_id: int) -> list[dict[str, Any]]:
    """Return what to ask for: each filter, and all that a user has."""
    orders = Order.objects.filter(user_id=user_id)
    last_page = -(-orders.count() // PAGE_SIZE)
    market_id = orders.values_list("market_id", flat=True).order_by("pk").first()
    reference = orders.exclude(client_ref="").values_list("client_ref", flat=True).first()
    return [
        {},
        {"page": last_page},
        {"marketId": market_id},
        {"status": "pending"},
        {"status": "confirmed"},
        {"claimable": "true"},
        {"clientRef": reference or "none"},
        {"marketId": market_id, "status": "confirmed"},
    ]


def explained(bettor: Bettor, query: dict[str, Any]) -> tuple[float, list[str]]:
    """Ask the API, and explain what it asked the database about orders."""
    client = Client(headers={"authorization": f"Bearer {bettor.token}"})
    with bare.recorded() as statements:
        answer = client.get("/api/v1/bets", query)
    assert answer.status_code == HTTPStatus.OK, answer.content
    milliseconds, plans = 0.0, []
    for statement in statements:
        if 'FROM "betting_order"' not in statement.sql:
            continue
        runs = [plan_of(statement) for _ in range(RUNS)]
        took = median(plan["Planning Time"] + plan["Execution Time"] for plan in runs)
        milliseconds += took
        plans.append(f"{took:.2f} ms: {words(runs[-1]['Plan'])}")
    return milliseconds, plans


def plan_of(statement: bare.Statement) -> dict[str, Any]:
    explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.sql}"
    ((plan,),) = bulk.execute(explain, statement.given())
    return plan[0]


def words(node: dict[str, Any]) -> str:
    """Return a plan in one line: each node's kind, index, rows and blocks."""
    index = f" {node['Index Name']}" if "Index Name" in node else ""
    blocks = node["Shared Hit Blocks"] + node["Shared Read Blocks"]
    inner = "; ".join(map(words, node.get("Plans", [])))
    here = f"{node['Node Type']}{index} {node['Actual Rows']:.0f} rows {blocks} blocks"
    return f"{here} ({inner})" if inner else here
