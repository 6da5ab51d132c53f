"""README's "Tokens in and out", word for word, against `CHAIN=dev make run`."""

import json
import os
import re
import subprocess
import sys

import pytest

from chain import anvil
from e2e.running import ROOT, Running
from e2e.test_dev_chain import START_SECONDS_MAX, free_port

# A deposit and a withdrawal wait for finality: a few blocks each, on a machine that is busy.
pytestmark = [pytest.mark.needs("node"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A running demo with a chain of its own."""
    anvil.install()
    folder = tmp_path_factory.mktemp("vault") / "data"
    running = Running(folder, CHAIN="dev", CHAIN_DEV_PORT=free_port())
    try:
        yield running.wait_until_up(START_SECONDS_MAX)
    finally:
        running.end()


def walk(demo, folder):
    """Run what README has a newcomer paste, and return what is said."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## Tokens in and out\n")[2].partition("\n## ")[0]
    script = "set -e\n" + "\n".join(re.findall(r"^```sh\n(.*?)^```", section, re.M | re.S))
    port = re.search(r"Chain   http://127\.0\.0\.1:(\d+)", demo.said())[1]
    # The same words, at this run's addresses.
    for theirs, ours in {
        "http://127.0.0.1:8080": f"http://{demo.host}",
        ".venv/bin/python examples/sign_in.py": (
            f"{sys.executable} {ROOT}/examples/sign_in.py --url http://{demo.host}"
        ),
        ".venv/bin/python examples/vault.py": (
            f"{sys.executable} {ROOT}/examples/vault.py --url http://{demo.host}"
            f" --rpc http://127.0.0.1:{port}"
        ),
        ".venv/bin/python manage.py": f"{sys.executable} {ROOT}/manage.py",
    }.items():
        assert theirs in script, theirs
        script = script.replace(theirs, ours)
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=os.environ
        | {"KMARKET_DATA_DIR": str(demo.data_dir), "CHAIN": "dev", "CHAIN_DEV_PORT": port}
        | {"DATABASE_URL": "", "REDIS_URL": "", "JWT_SECRET": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )


def test_deposit_bet_win_claim_withdraw(demo, tmp_path):
    done = walk(demo, tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout
    assert "the deposit is credited: block " in said
    assert '{"balance":"25000000000000000000","owed":"0"}' in said
    assert '"claimed":true' in said
    assert re.search(r"withdrawal \d+ is redeemed; the wallet has 1005000000000000000000\n", said)
    (line,) = [line for line in said.splitlines() if line.startswith('{"chainId"')]
    solvency = json.loads(line)
    assert solvency["solvent"] is True
    assert int(solvency["held"]) >= int(solvency["owed"])
    assert "The books balance." in said
