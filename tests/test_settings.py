"""What the settings read, what .env.example lists and what README explains are the same."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

from kmarket import dev_chain

READ = re.compile(r'\benv_\w+\(\s*"(\w+)"')


def names_read() -> list[str]:
    return READ.findall((settings.BASE_DIR / "kmarket/settings.py").read_text())


def test_the_example_lists_every_setting_in_the_order_of_the_file():
    example = (settings.BASE_DIR / ".env.example").read_text()
    assert re.findall(r"^(\w+)=", example, re.MULTILINE) == names_read()


def test_the_readme_explains_every_setting_in_the_order_of_the_file():
    readme = (settings.BASE_DIR / "README.md").read_text()
    table = readme[readme.index("## Settings") :].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == names_read()


def start(**changes: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of their own."""
    env = {name: os.environ[name] for name in ("PATH", "KMARKET_DATA_DIR")}
    return subprocess.run(
        [sys.executable, "-c", "from kmarket import settings"],
        cwd=settings.BASE_DIR,
        env=env | changes,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"BIND_PORT": "http"}, "BIND_PORT='http' is not a whole number."),
        ({"BIND_PORT": "70000"}, "BIND_PORT=70000 must be between 0 and 65535."),
        ({"DEMO": "maybe"}, "DEMO='maybe' is neither on nor off: set it to 1 or 0."),
        ({"JWT_SECRET": "short"}, "JWT_SECRET is shorter than 32 bytes: choose a longer one."),
        (
            {"DATABASE_URL": "postgresql://db/kmarket"},
            "JWT_SECRET is not set: production needs at least 32 random bytes.",
        ),
        ({"TRUSTED_PROXIES": "here"}, "TRUSTED_PROXIES: 'here' does not appear to be"),
        (
            {"DATABASE_REPLICA_URL": "postgresql://replica/kmarket"},
            "DATABASE_REPLICA_URL is set and DATABASE_URL is not",
        ),
        ({"JWT_SECRET_FILE": "/nowhere"}, "JWT_SECRET cannot be read: "),
        ({"CHAIN": "test"}, "CHAIN='test' is unknown: set it to `dev`, or leave it unset."),
        ({"CHAIN": "dev", "CHAIN_ID": "56"}, "CHAIN=dev brings its own node and contract"),
        ({"CHAIN_RPC_URLS": "http://node"}, "CHAIN_CONTRACT='' is no address: "),
        ({"CHAIN": "dev", "VAULT_CONTRACT": "0x1"}, "CHAIN=dev brings its own vault"),
        ({"VAULT_CONTRACT": "0x1"}, "VAULT_CONTRACT='0x1' is no address: "),
        ({"VAULT_CONTRACT": "0x" + "5a" * 20}, "VAULT_CONTRACT is set and CHAIN_RPC_URLS is not"),
        ({"VAULT_VOUCHER_SECONDS": "59"}, "VAULT_VOUCHER_SECONDS=59 must be between 60 and"),
        ({"CHAIN_FINALITY": "soon"}, "CHAIN_FINALITY='soon' is neither `finalized` nor"),
    ],
)
def test_a_wrong_value_stops_the_start_with_one_line_that_names_it(changes, line):
    ended = start(**changes)
    assert ended.returncode == 1
    assert ended.stderr.startswith(line)
    assert ended.stderr.count("\n") == 1


def test_what_an_address_says_besides_is_heard():
    show = (
        "from kmarket.settings import DATABASES as known;"
        "print(*(known[name]['OPTIONS']['sslmode'] for name in ('default', 'replica')))"
    )
    env = {
        "DATABASE_URL": "postgresql://db/kmarket?sslmode=verify-full",
        "DATABASE_REPLICA_URL": "postgresql://replica/kmarket?sslmode=require",
    }
    env |= {name: os.environ[name] for name in ("PATH", "JWT_SECRET", "KMARKET_DATA_DIR")}
    run = [sys.executable, "-c", show]
    told = subprocess.check_output(run, cwd=settings.BASE_DIR, env=env, text=True, timeout=60)
    assert told == "verify-full require\n"


def test_a_secret_is_made_once_and_kept():
    assert start().returncode == 0
    kept = os.path.join(os.environ["KMARKET_DATA_DIR"], "jwt_secret.txt")
    assert os.stat(kept).st_mode & 0o777 == 0o600
    with open(kept) as file:
        first = file.read()
    assert len(first) >= 43
    assert start().returncode == 0
    with open(kept) as file:
        assert file.read() == first


def test_a_secret_may_come_from_a_file(tmp_path):
    path = tmp_path / "secret"
    path.write_text("s" * 32 + "\n")
    assert start(JWT_SECRET_FILE=str(path), DATABASE_URL="postgresql://db/x").returncode == 0


def test_the_development_chain_says_itself_which_contract_is_ours(tmp_path):
    show = (
        "from kmarket import settings as s;"
        "print(s.CHAIN_ID, s.CHAIN_RPC_URLS, s.CHAIN_CONTRACT, s.VAULT_CONTRACT)"
    )
    env = {"PATH": os.environ["PATH"], "KMARKET_DATA_DIR": str(tmp_path), "CHAIN": "dev"}
    run = [sys.executable, "-c", show]
    how = {"cwd": settings.BASE_DIR, "env": env, "text": True, "timeout": 60}
    assert subprocess.check_output(run, **how) == "31337 []  \n"

    dev_chain.folder(tmp_path).mkdir()
    contract, token, vault = ("0x" + digits * 20 for digits in ("c0", "70", "5a"))
    dev_chain.remember(tmp_path, dev_chain.Deployment(contract, token, 2, "0x", vault, 3))
    told = subprocess.check_output(run, **how)
    assert told == f"31337 ['http://127.0.0.1:8545'] {contract} {vault}\n"


def test_a_key_that_cannot_be_used_stops_no_start_and_nobody_sees_it(tmp_path):
    """It stops the vault, once somebody is to sign."""
    show = "from kmarket import settings; print(settings.VAULT_SIGNER_KEY)"
    for changes in (
        {"VAULT_SIGNER_KEY": "a secret"},
        {"VAULT_SIGNER_KEY_FILE": str(tmp_path / "none")},
    ):
        env = {"PATH": os.environ["PATH"], "KMARKET_DATA_DIR": str(tmp_path)} | changes
        run = [sys.executable, "-c", show]
        told = subprocess.check_output(run, cwd=settings.BASE_DIR, env=env, text=True, timeout=60)
        assert told.startswith("KeySource(name='VAULT_SIGNER_KEY'")
        assert "a secret" not in told


def test_without_a_chain_nothing_that_talks_to_nodes_is_imported():
    show = (
        "import django, sys; django.setup(); import kmarket.asgi, kmarket.urls, console.admin;"
        "from django.test import Client;"
        "assert Client().post('/api/v1/trades/buy').json()['reason'] == 'CHAIN_NOT_CONFIGURED';"
        "print(*{'web3', 'eth_abi', 'rlp', 'chain.rpc', 'chain.listener'} & set(sys.modules))"
    )
    env = {
        name: os.environ[name] for name in ("PATH", "KMARKET_DATA_DIR", "DJANGO_SETTINGS_MODULE")
    }
    run = [sys.executable, "-c", show]
    told = subprocess.check_output(run, cwd=settings.BASE_DIR, env=env, text=True, timeout=60)
    assert told == "\n"
