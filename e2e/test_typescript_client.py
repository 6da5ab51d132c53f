"""clients/typescript: its types, and its own tests, with a real house behind nginx."""

import json
import os
import shutil
import subprocess
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psutil
import pytest
from django.db import connection
from eth_account import Account
from eth_account.messages import encode_defunct

from accounts import access, services, tokens
from e2e import behind_nginx
from e2e.running import ROOT
from kmarket import epoch
from markets.models import Market
from oddsfeed.tests.conftest import set_home, snapshot_of
from oddsfeed.tests.webs import webs

CLIENT = ROOT / "clients" / "typescript"
REPLAY_LIMIT = 20
STEP_SECONDS_MAX = 300
TSC = "node_modules/typescript/bin/tsc"

pytestmark = [pytest.mark.needs("node"), pytest.mark.needs("nginx"), pytest.mark.timeout(600)]


def run(*command, env=None):
    """Run a command of Node.js in the client's folder; what it says, where it fails, is told."""
    program, *rest = command
    done = subprocess.run(
        [shutil.which(program), *rest],
        cwd=CLIENT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=STEP_SECONDS_MAX,
    )
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"


@pytest.fixture(scope="module", autouse=True)
def installed():
    """What package-lock.json names."""
    there, lock = CLIENT / "node_modules/.package-lock.json", CLIENT / "package-lock.json"
    if not there.exists() or there.stat().st_mtime < lock.stat().st_mtime:
        run("npm", "ci", "--no-audit", "--no-fund")


def test_its_types_are_those_of_the_documents():
    run("node", "scripts/generate.mjs", "--check")


def test_it_and_its_page_are_strict_typescript():
    run("node", "scripts/page.mjs")
    run("node", TSC, "--noEmit")


class Stage:
    """What the client's tests may ask for, by name."""

    def __init__(self, processes, open_market):
        self._processes = processes
        self._open_market = open_market
        self._wallet = Account.create()

    def open_market(self):
        return self._open_market().pk

    def move(self, market, times):
        """Move it so often; the last seq."""
        moved = Market.objects.get(pk=market)
        for _ in range(times):
            moved.refresh_from_db()
            # Never what it was, and never far from it.
            set_home(moved, 160 + moved.seq % 30)
        return moved.seq + 1

    def stored(self, market):
        return snapshot_of(Market.objects.get(pk=market))

    def token(self, seconds):
        """A guest's that ends then."""
        early = tokens.LIFETIMES[tokens.Kind.GUEST] - timedelta(seconds=seconds)
        return services.open_guest_session(now=datetime.now(tz=UTC) - early).token

    def revoke(self, token):
        services.sign_out(session_id=access.caller_of(token).session_id)

    def renew_epoch(self):
        return epoch.renew()

    def restart(self):
        """End the one web process that has sockets, as before a deploy; another one is there."""
        health = {pid: self._processes.get(pid, "ws/health") for pid in self._processes.pids}
        (busy,) = [pid for pid, told in health.items() if told["process"]["connections"]]
        psutil.Process(busy).terminate()

    def wallet(self, method, params=()):
        """A browser's wallet: EIP-1193."""
        if method == "eth_requestAccounts":
            return [self._wallet.address]
        assert method == "personal_sign"
        signed = self._wallet.sign_message(encode_defunct(text=params[0]))
        return "0x" + signed.signature.hex()


@contextmanager
def serving(stage):
    """Do what is asked for over HTTP: POST /name with the arguments as JSON."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                status, answer = 200, getattr(stage, self.path[1:])(**told)
            except Exception as exc:
                status, answer = 500, repr(exc)
            finally:
                connection.close()
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield "http://{}:{}".format(*server.server_address)
        finally:
            server.shutdown()
            thread.join()


def failures(report):
    """Return what vitest says failed, or was left out."""
    told = json.loads(report.read_text(encoding="utf-8"))
    of_files = [file["message"] for file in told["testResults"] if file["message"]]
    return of_files + [
        "\n".join([test["fullName"], test["status"], *test["failureMessages"]])
        for file in told["testResults"]
        for test in file["assertionResults"]
        if test["status"] != "passed"
    ]


@pytest.mark.django_db(transaction=True)
def test_its_own_tests_pass_and_so_do_those_on_a_real_house(open_market, tmp_path):
    report = tmp_path / "report.json"
    told = {"WS_REPLAY_LIMIT": str(REPLAY_LIMIT), "DEMO": "on", "RATE_LIMIT": "off"}
    told |= {"TRUSTED_PROXIES": behind_nginx.PROXY}
    with (
        webs(2, **told) as processes,
        behind_nginx.nginx(tmp_path, processes.address[1]) as url,
        serving(Stage(processes, open_market)) as at,
    ):
        # Its types are another test's.
        run("node", TSC, "--project", "tsconfig.build.json", "--noCheck")
        run("node", "scripts/page.mjs", url)
        vitest = ["node_modules/vitest/vitest.mjs", "run", "--reporter=json"]
        done = subprocess.run(
            [shutil.which("node"), *vitest, f"--outputFile={report}"],
            cwd=CLIENT,
            env=os.environ | {"KMARKET_URL": url, "KMARKET_STAGE": at},
            capture_output=True,
            text=True,
            check=False,
            timeout=STEP_SECONDS_MAX,
        )
    assert report.exists(), done.stdout + done.stderr
    assert not (failed := failures(report)), "\n\n".join(failed)
    assert done.returncode == 0, done.stdout + done.stderr
