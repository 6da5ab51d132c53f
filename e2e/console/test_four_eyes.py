"""Where results need two operators: one proposes, another approves exactly that."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(180)]

TOKEN = 10**18
PASSWORD = "a long password"


@pytest.fixture
def second(sit_down, careful_shop):
    """Another operator's desk, hired at the first one's."""
    first = sit_down(careful_shop)
    first.open("accounts/user/add/")
    first.page.get_by_label("Username:").fill("ann")
    for label in ("Password:", "Password confirmation:"):
        first.page.get_by_label(label, exact=True).fill(PASSWORD)
    first.press("Save")
    (number,) = careful_shop.row("SELECT id FROM accounts_user WHERE username = 'ann'")
    first.give_role(number, "settler")
    return sit_down(careful_shop, "ann", PASSWORD)


def test_who_proposes_does_not_approve(sit_down, second, careful_shop, book):
    market = book.market(
        "careful", "Hull", "Stoke", payload={"moneyline": {"home": 1.8, "away": 2}}
    )
    book.bet(market, 1, 10 * TOKEN)
    first = sit_down(careful_shop)
    first.open(f"console/settle/{market}/")
    form = first.form("Settle")
    form.get_by_label("Score of Hull").fill("3")
    form.get_by_label("Score of Stoke").fill("0")
    first.send(form)

    assert first.press("Propose this to another operator") == [
        "Proposed: another operator approves it."
    ]

    proposal, state, proposer = careful_shop.row(
        "SELECT proposal.id, state, username FROM betting_proposal AS proposal"
        " JOIN accounts_user ON accounts_user.id = proposer_id WHERE market_id = %s",
        market,
    )
    assert (state, proposer) == ("open", "admin")
    status = "SELECT status FROM markets_market WHERE id = %s"
    assert careful_shop.row(status, market) == ("active",)
    approve = "Approve: do exactly this"
    expect(first.page.get_by_role("button", name=approve)).to_have_count(0)
    expect(first.page.locator("#content")).to_contain_text("Another operator approves what")

    second.open("")
    second.page.get_by_role("link", name="Proposals to approve").click()
    second.page.get_by_role("link", name=str(proposal), exact=True).click()
    expect(second.page.get_by_role("row", name="In all")).to_contain_text("18 USDT")
    (said,) = second.press(approve)

    assert said == "Settle: 1 orders, 10 USDT staked, 18 USDT to pay."
    decided = careful_shop.row(
        "SELECT state, username FROM betting_proposal AS proposal"
        " JOIN accounts_user ON accounts_user.id = decided_by_id WHERE proposal.id = %s",
        proposal,
    )
    assert decided == ("approved", "ann")
    assert careful_shop.row(status, market) == ("settled",)
    settled_by = careful_shop.row(
        "SELECT username, home_score, away_score FROM betting_settlement AS settlement"
        " JOIN accounts_user ON accounts_user.id = settled_by_id WHERE market_id = %s",
        market,
    )
    assert settled_by == ("ann", 3, 0)
