"""The shape of the house, asserted. A failure here is a design decision, not a typo."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

from kmarket.errors import DomainError

APPS = {
    "accounts",
    "betting",
    "chain",
    "console",
    "kmarket",
    "markets",
    "oddsfeed",
    "telemetry",
    "trading",
    "vault",
}

# Who may import whom. An app may always import itself.
MAY_IMPORT = {
    "kmarket": set(),
    "accounts": {"kmarket"},
    "markets": {"kmarket", "accounts"},
    "betting": {"kmarket", "accounts", "markets"},
    "chain": {"kmarket", "accounts"},
    "trading": {"kmarket", "accounts", "markets", "chain"},
    "vault": {"kmarket", "accounts", "betting", "chain"},
    "oddsfeed": {"kmarket", "accounts", "markets", "betting", "chain", "trading", "vault"},
    "console": {
        *("kmarket", "accounts", "markets", "betting", "chain", "trading", "vault"),
        "oddsfeed",
    },
    "telemetry": {
        *("kmarket", "accounts", "markets", "betting", "chain", "trading", "vault"),
        *("oddsfeed", "console"),
    },
}
# Where the process is put together, everything meets.
WIRING = {"kmarket/asgi.py", "kmarket/urls.py", "kmarket/settings.py"}
PURE = {
    "accounts/siwe.py",
    "accounts/uris.py",
    "accounts/wallet.py",
    "betting/grading.py",
    "betting/public_status.py",
    "chain/abi.py",
    "chain/calls.py",
    "chain/events.py",
    "chain/finality.py",
    "chain/logs.py",
    "chain/profiles.py",
    "chain/signed.py",
    "markets/lifecycle.py",
    "markets/lines.py",
    "markets/matches.py",
    "markets/odds.py",
    "markets/outcomes.py",
    "oddsfeed/protocol.py",
    "oddsfeed/sio_protocol.py",
    "trading/accounts.py",
    "trading/arrays.py",
    "trading/book.py",
    "trading/candles.py",
    "trading/fate.py",
    "trading/maker.py",
    "trading/quotes.py",
    "trading/worth.py",
    "vault/vouchers.py",
}
IMPURE = {"django", "rest_framework", "channels", "redis"}
LINES_MAX = 400
# A table of cases is read by looking a line up.
TEST_LINES_MAX = 500
NAMELESS = {"utils.py", "helpers.py", "common.py", "base.py", "manager.py"}


def sources() -> list[Path]:
    return [
        path.relative_to(settings.BASE_DIR)
        for app in sorted(APPS)
        for path in sorted((settings.BASE_DIR / app).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def imported_packages(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse((settings.BASE_DIR / path).read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names.add((node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("path", sources(), ids=str)
def test_imports_point_one_way(path):
    if str(path) in WIRING:
        return
    app = path.parts[0]
    assert imported_packages(path) & APPS <= MAY_IMPORT[app] | {app}


@pytest.mark.parametrize("path", sorted(PURE))
def test_rules_are_pure(path):
    assert not imported_packages(Path(path)) & IMPURE


@pytest.mark.parametrize("path", sources(), ids=str)
def test_files_stay_short_and_have_a_subject(path):
    lines_max = TEST_LINES_MAX if "tests" in path.parts else LINES_MAX
    assert len((settings.BASE_DIR / path).read_text().splitlines()) <= lines_max
    # Django looks for a database engine in a module of this name.
    assert path.name not in NAMELESS or path == Path("kmarket/postgres/base.py")


def test_reasons_are_unique():
    def everything(kind: type) -> list[type]:
        return [kind, *(c for child in kind.__subclasses__() for c in everything(child))]

    reasons = [error.reason for error in everything(DomainError)[1:] if "reason" in vars(error)]
    assert len(reasons) == len(set(reasons))


def test_only_the_settings_read_the_environment():
    readers = {
        str(path)
        for path in sources()
        if "tests" not in path.parts and "os.environ" in (settings.BASE_DIR / path).read_text()
    }
    # asgi.py names the settings module, the test plugin sets the environment up, and what starts
    # other processes hands it on to them.
    starters = {"kmarket/programs.py", "kmarket/management/commands/run_all.py"}
    assert readers <= {"kmarket/env.py", "kmarket/asgi.py", "kmarket/testing.py"} | starters
