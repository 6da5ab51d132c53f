"""Two web processes behind nginx, as docker-compose.yml has them."""

import json
import re
import socket
import time
from contextlib import ExitStack

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from e2e import behind_nginx, plain
from e2e.house import Wallet
from e2e.sio_client import SioClient
from e2e.stage import Stage
from kmarket.tests.processes import eventually

pytestmark = [pytest.mark.needs("nginx"), pytest.mark.timeout(180)]

PATIENCE = 10.0
SOCKETS = 8
# A logout closes sockets at once, by a comparison with the database each second at the latest.
REVOKED_SECONDS_MAX = 2.0
BURST = 20


@pytest.fixture(scope="module")
def env(tmp_path_factory):
    with behind_nginx.servers(tmp_path_factory.mktemp("servers") / "data") as env:
        yield env


@pytest.fixture(scope="module")
def front(env, tmp_path_factory):
    folder = tmp_path_factory.mktemp("front") / "nginx"
    with behind_nginx.front(folder, env | {"RATE_LIMIT": "off"}) as front:
        yield front


@pytest.fixture(scope="module")
def stage(front):
    return Stage.of(front.house)


def dial(front, token):
    return connect(front.house.socket_url, subprotocols=["kmarket.v1", f"bearer.{token}"])


def hear(client):
    return json.loads(client.recv(timeout=PATIENCE))


def subscribe(client, market_id):
    client.send(json.dumps({"type": "subscribe", "markets": [market_id]}))
    return [hear(client)["type"], hear(client)["type"]]


def end_of(client):
    """Return how the server closed, past whatever it said before."""
    try:
        while True:
            client.recv(timeout=PATIENCE)
    except ConnectionClosed as end:
        return end.rcvd.code, end.rcvd.reason


def health(url):
    return plain.get(f"{url}/api/v1/ws/health").json()


def connections(web):
    return health(web.url)["process"]["connections"]


@pytest.fixture
def followed(front, stage):
    """A market, and sockets through nginx that follow it with one wallet's token."""
    market_id = stage.open_market()
    wallet = Wallet(front.house)
    wallet.sign_in()
    # Those of the test before have left.
    eventually(lambda: [connections(web) for web in front.webs] == [0, 0])
    with ExitStack() as stack:
        clients = [stack.enter_context(dial(front, wallet.token)) for _ in range(SOCKETS)]
        for client in clients:
            assert subscribe(client, market_id) == ["ack", "snapshot"]
        yield market_id, wallet, clients


def test_sockets_are_spread_and_each_gets_what_any_process_changes(front, stage, followed):
    market_id, _, clients = followed
    assert [connections(web) for web in front.webs] == [SOCKETS // 2] * 2

    for home in (1.81, 1.82):
        seq = stage.move(market_id, home)
        assert {hear(client)["seq"] for client in clients} == {seq}


def test_health_adds_up_both(front, followed):
    def total():
        return health(front.house.url)["total"]

    eventually(lambda: (total()["processes"], total()["connections"]) == (2, SOCKETS))


def test_a_logout_closes_the_sockets_of_both(followed):
    _, wallet, clients = followed

    begun = time.monotonic()
    wallet.post("auth/logout", expect=204)

    assert {end_of(client) for client in clients} == {(4401, "signed out")}
    assert time.monotonic() - begun < REVOKED_SECONDS_MAX


def test_a_process_that_stops_sends_its_sockets_to_the_other(front, stage, followed):
    market_id, wallet, clients = followed
    stopping, staying = front.webs

    stopping.end()
    seqs = [stage.move(market_id, home) for home in (1.81, 1.82)]

    ended = [client for client in clients if hear(client)["type"] == "bye"]
    assert len(ended) == SOCKETS // 2
    assert {end_of(client) for client in ended} == {(1012, "restart")}
    with dial(front, wallet.token) as client:
        client.send(json.dumps({"type": "resume", "offsets": {market_id: 1}}))
        assert [hear(client)["seq"] for _ in seqs] == seqs
        assert hear(client)["resumed"] == {str(market_id): seqs[-1]}
        assert connections(staying) == SOCKETS // 2 + 1
    # Whoever asks meanwhile gets an answer: nginx goes on to the one that is there.
    for _ in range(20):
        assert plain.get(f"{front.house.url}/api/v1/odds/{market_id}").status_code == 200

    stopping.start()

    def comes_back():
        with dial(front, wallet.token) as client:
            assert subscribe(client, market_id) == ["ack", "snapshot"]
            return connections(stopping) == 1

    eventually(comes_back)


@pytest.mark.needs("node")
def test_socket_io_polls_one_process_and_its_websockets_are_spread(
    front, stage, node_clients, tmp_path
):
    market_id, token = stage.open_market(), stage.guest()
    eventually(lambda: [connections(web) for web in front.webs] == [0, 0])

    def follow(transports, count):
        wishes = {"token": token, "transports": transports, "markets": [market_id]}
        url = front.house.url
        clients = [SioClient(node_clients, url, tmp_path, **wishes) for _ in range(count)]
        for client in clients:
            client.wait_for("state")
        return clients

    clients = follow(["polling"], 4)
    try:
        # All come from one address.
        assert sorted(connections(web) for web in front.webs) == [0, 4]
        clients += follow(["websocket"], 4)
        assert sum(connections(web) for web in front.webs) == 8
        assert all(connections(web) for web in front.webs)
        clients += follow(["polling", "websocket"], 2)
        for client in clients[-2:]:
            client.wait_for("upgrade")

        seq = stage.move(market_id, 1.81)

        for client in clients:
            client.stands_at(market_id, seq)
            assert client.events("refused") == client.events("disconnect") == []
    finally:
        for client in clients:
            client.end()


def test_the_admin_signs_in_through_it(front):
    with httpx.Client(base_url=front.house.url, follow_redirects=True) as client:
        form = client.get("/admin/login/")
        sheet = re.search(r'href="(/static/[^"]+\.css)"', form.text)[1]
        assert client.get(sheet).headers["content-type"].startswith("text/css")

        answer = client.post(
            "/admin/login/",
            data={
                "username": "nobody",
                "password": "wrong",
                "csrfmiddlewaretoken": client.cookies["csrftoken"],
            },
            headers={"Origin": front.house.url},
        )

    # Not the 403 of a form that seems to come from elsewhere.
    assert answer.status_code == 200
    assert "Please enter the correct" in answer.text


def test_nobody_outside_is_told_metrics(front):
    for path in ("/metrics", "/metrics/", "/metrics?x"):
        answer = httpx.get(f"{front.house.url}{path}")
        assert refusal(answer) == (404, "NOT_FOUND")
        # Whatever a process would say: it was not asked.
        assert "x-request-id" not in answer.headers


def refusal(answer):
    assert answer.headers["content-type"].startswith("application/json")
    return answer.status_code, answer.json()["code"]


def test_the_live_page_comes_through_it_small(front):
    url = front.house.url
    page = httpx.get(f"{url}/market/1001")
    script = re.search(r'src="(/static/live/[^"]+)"', page.text)[1]
    answer = httpx.get(url + script)

    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-cache")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Cache-Control"].endswith("immutable")
    assert answer.num_bytes_downloaded * 2 < len(answer.content)


@pytest.mark.parametrize("mebibytes", [8.5, 10], ids=["by kmarket", "by nginx"])
def test_too_large_a_body_is_refused_in_the_one_shape(front, stage, mebibytes):
    answer = plain.post(
        f"{front.house.url}/api/v1/admin/odds/bulk",
        content=b" " * int(mebibytes * 2**20),
        headers={"Authorization": f"Bearer {stage.operator.token}"},
    )

    assert refusal(answer) == (413, "PAYLOAD_TOO_LARGE")


def test_what_is_no_request_is_refused_in_the_one_shape(front):
    host, port = front.house.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\nHost: \r\nHost: twice\r\n\r\n")
        said = b"".join(iter(lambda: raw.recv(65536), b""))

    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["code"] == "BAD_REQUEST"


def test_limits_are_by_the_address_that_nginx_saw_whatever_the_client_claims(env, tmp_path):
    with behind_nginx.front(tmp_path / "nginx", env, webs=1) as front:
        url = f"{front.house.url}/api/v1/config"

        def statuses(client):
            # Each time somebody else, if it were believed.
            headers = ({"X-Forwarded-For": f"10.0.0.{n}"} for n in range(2 * BURST))
            return [client.get(url, headers=claim).status_code for claim in headers]

        with httpx.Client() as client:
            assert set(statuses(client)) == {200, 429}
        # And somebody else is somebody else.
        with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.2")) as other:
            assert other.get(url).status_code == 200


def test_with_nobody_behind_it_the_answer_is_an_orderly_503(env, tmp_path):
    with behind_nginx.front(tmp_path / "nginx", env, webs=1) as front:
        front.webs[0].end()

        answer = plain.get(f"{front.house.url}/api/v1/markets")

    assert refusal(answer) == (503, "SERVICE_UNAVAILABLE")
    assert answer.headers["retry-after"] == "2"
