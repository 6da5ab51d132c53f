"""A house that tells all it can, used in every way that shows a secret: none is in its log."""

import json
import re
import socket

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from e2e.house import House, Wallet
from e2e.running import Running, environment, with_tables

PASSWORD = "an operator's Secret password 4711"
SECRET = "the secret that signs all sessions of this very house"
FORGED = "2026-11-21 12:00:00,000 INFO forged"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = with_tables(tmp_path_factory.mktemp("telling") / "data")
    running = Running(folder, DEMO="off", RATE_LIMIT="off", LOG_LEVEL="DEBUG", JWT_SECRET=SECRET)
    try:
        yield running.wait_until_up()
    finally:
        running.end()


def sockets(house, token):
    """Show a token at both doors, in each way there is."""
    for how in ({"uri": f"?token={token}"}, {"subprotocols": ["kmarket.v1", f"bearer.{token}"]}):
        uri = house.socket_url + how.pop("uri", "")
        try:
            with connect(uri, **how) as client:
                client.send(json.dumps({"type": "subscribe", "markets": [1], "token": token}))
                client.recv(timeout=10)
                client.send(f"no json, and {token}")
                client.recv(timeout=10)
        except ConnectionClosed:
            continue
    polled = f"{house.url}/socket.io/?EIO=4&transport=polling"
    sid = json.loads(httpx.get(polled).text[1:])["sid"]
    packet = "40" + json.dumps({"token": token})
    assert httpx.post(f"{polled}&sid={sid}", content=packet).text == "OK"
    httpx.get(f"{polled}&sid={sid}", timeout=30)


def wallet_secrets(house):
    """Sign in and out with a wallet, rightly and wrongly; return what nobody else may know."""
    wallet = Wallet(house)
    address = wallet.account.address
    wallet.sign_in()
    handshake = wallet.post("ws/token")["token"]
    sockets(house, wallet.token)
    sockets(house, handshake)
    sockets(house, wallet.token[:-4] + "AAAA")
    wallet.get("auth/me")
    httpx.get(f"{house.url}/api/v1/bets?token={wallet.token}&page=x")
    nonce = Wallet(house).get("auth/nonce", address=address)["nonce"]
    signature = "0x" + "5e" * 65
    body = {"address": address, "message": f"Login to KMarket: nonce={nonce}"}
    Wallet(house).post("auth/verify-sig", body | {"signature": signature}, expect=400)
    httpx.post(f"{house.url}/api/v1/auth/verify-sig", content=signature + nonce)
    guest = Wallet(house).post("session")["token"]
    sockets(house, guest)
    wallet.post("auth/logout")
    return [wallet.token, handshake, guest, nonce, signature]


def operator_secrets(house):
    """Sign in to the console, rightly and wrongly; return the password and the cookies."""
    made = {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    House(house.url, house.env | made).manage(
        "createsuperuser", "--noinput", "--username=op", "--email=op@example.com"
    )
    with httpx.Client(base_url=house.url) as client:
        client.get("/admin/login/")
        form = {"csrfmiddlewaretoken": client.cookies["csrftoken"], "username": "op"}
        client.post("/admin/login/", data=form | {"password": PASSWORD + "?"})
        assert client.post("/admin/login/", data=form | {"password": PASSWORD}).status_code == 302
        assert client.get("/admin/").status_code == 200
        return [PASSWORD, client.cookies["sessionid"], client.cookies["csrftoken"]]


def forge(running):
    """Try to write lines of one's own into the log."""
    url = f"http://{running.host}"
    quoted = FORGED.replace(" ", "%20")
    for path in (
        f"/api/v1/%0A{quoted}",
        f"/admin/%0D%0A{quoted}",
        f"/api/v1/markets?q=%0A{quoted}",
    ):
        httpx.get(url + path)
    httpx.post(f"{url}/api/v1/auth/verify-sig", json={"address": f"\n{FORGED}"})
    host, _, port = running.host.partition(":")
    for head in (
        f"GET /api/v1/healthz HTTP/1.1\r\nHost: x\r\nX-Request-ID: a\x0b{FORGED}\r\n\r\n",
        f"GET /\n{FORGED} HTTP/1.1\r\n\r\n",
        f"GET /api/v1/healthz HTTP/1.1\r\nHost: x\n{FORGED}: y\r\n\r\n",
    ):
        with socket.create_connection((host, int(port)), timeout=10) as client:
            client.sendall(head.encode())
            client.recv(4096)


# It starts a house and three commands: on a busy machine, two minutes.
@pytest.mark.timeout(300)
def test_no_secret_and_no_line_of_a_stranger_is_in_the_log(running):
    house = House(f"http://{running.host}", environment(running.data_dir) | {"JWT_SECRET": SECRET})
    secrets = [SECRET, *wallet_secrets(house), *operator_secrets(house)]
    forge(running)
    # What a bug quotes is marked as a quotation: unit tests say so (test_log_lines).
    running.stop()

    log = running.said()
    assert " DEBUG " in log, "it told all it could"
    for secret in secrets:
        for part in {secret, *secret.split(".")[1:]}:
            assert part not in log, re.search(f".*{re.escape(part)}.*", log)[0]
    assert not re.search(rf"(^|\| ){FORGED}", log, re.MULTILINE)
