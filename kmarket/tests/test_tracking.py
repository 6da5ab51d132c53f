"""Errors, as whoever keeps them for us gets them."""

import gzip
import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.conf import settings

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl"
SIGNATURE = "0x" + "ab" * 65
# A request that breaks, a thread that dies, and a line that is no error.
BREAKS = f"""
import logging, threading
import django
django.setup()
from kmarket.requests import about, current_market, current_user

def take():
    mine = "in a local " + "variable"
    raise ValueError("bad signature {SIGNATURE}")

with about("req-7"):
    current_user.set(12)
    current_market.set(1001)
    try:
        take()
    except ValueError:
        logging.getLogger("betting").exception("Could not take ?token={JWT}")
    logging.getLogger("betting").warning("This is no error.")

def die():
    raise RuntimeError("a thread is over")

thread = threading.Thread(target=die)
thread.start()
thread.join()
"""


class Sink(ThreadingHTTPServer):
    """What speaks enough of Sentry's protocol to be reported to."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Taker)
        self.bodies = []

    @property
    def events(self):
        """The reports: the last line of each envelope."""
        return [json.loads(body.splitlines()[2]) for body in self.bodies]


class Taker(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.bodies.append(body.decode())
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args):
        pass


@contextmanager
def sink():
    server = Sink()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run(program, **env):
    kept = {name: os.environ[name] for name in ("PATH", "KMARKET_DATA_DIR", "JWT_SECRET")}
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env=kept | {"DJANGO_SETTINGS_MODULE": "kmarket.settings"} | env,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )


def test_each_error_is_reported_once_with_what_it_was_about_and_no_secret():
    with sink() as server:
        host = f"127.0.0.1:{server.server_address[1]}"
        run(BREAKS, SENTRY_DSN=f"http://key@{host}/1", SENTRY_ENVIRONMENT="staging")

    logged, died = server.events
    assert logged["tags"] == {"request_id": "req-7", "market": "1001"}
    assert logged["user"] == {"id": "12"}
    assert (logged["environment"], logged["level"]) == ("staging", "error")
    assert logged["release"] == f"kmarket@{settings.VERSION}"
    assert logged["exception"]["values"][-1]["type"] == "ValueError"
    assert died["exception"]["values"][-1]["value"] == "a thread is over"
    everything = "".join(server.bodies)
    assert "This is no error" not in everything
    for secret in (JWT, SIGNATURE, "in a local variable", os.environ["JWT_SECRET"]):
        assert secret not in everything
    assert "server_name" not in logged


def test_without_an_address_nothing_of_it_is_loaded():
    show = "import django, sys; django.setup(); print('sentry_sdk' in sys.modules)"
    assert run(show).stdout == "False\n"


def test_an_address_where_nobody_answers_stops_nothing():
    with sink() as server:
        gone = f"127.0.0.1:{server.server_address[1]}"
    said = run(BREAKS, SENTRY_DSN=f"http://key@{gone}/1")
    assert "a thread is over" in said.stderr
