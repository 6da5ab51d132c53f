import socket

import httpx
import pytest
from prometheus_client import Counter
from prometheus_client.parser import text_string_to_metric_families

from kmarket import listening, metrics
from kmarket.listening import CannotListen

TOKEN = "let me see"


@pytest.fixture
def port(settings):
    with listening.bound("127.0.0.1", 0) as free:
        settings.METRICS_PORT = free.getsockname()[1]
    return settings.METRICS_PORT


@pytest.fixture
def asked(port):
    """asked(path, **headers) → what the process answers on its port."""
    metrics.expose("a test")
    return lambda path="/metrics", **how: httpx.get(f"http://127.0.0.1:{port}{path}", **how)


def told(answer):
    families = text_string_to_metric_families(answer.text)
    return {each.name: each.value for family in families for each in family.samples}


def test_it_tells_what_was_counted_and_how_the_process_does(asked):
    counter = Counter("kmarket_test_things_total", "Of this test.", registry=metrics.REGISTRY)
    try:
        counter.inc(3)
        answer = asked()
    finally:
        metrics.REGISTRY.unregister(counter)

    assert answer.headers["content-type"].startswith("text/plain")
    assert told(answer)["kmarket_test_things_total"] == 3
    assert told(answer)["process_resident_memory_bytes"] > 0


def test_it_tells_nothing_else(asked):
    assert [asked(path).status_code for path in ("/", "/metrics/", "/api/v1/healthz")] == [404] * 3


def test_only_who_has_the_token_is_told(asked, settings):
    settings.METRICS_TOKEN = TOKEN
    bearers = [None, "", "Bearer", "Bearer let me", "Basic let me see", f"Bearer {TOKEN}"]

    answers = [
        asked(headers={"Authorization": each} if each is not None else {}) for each in bearers
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 401, 401, 200]
    assert answers[0].headers["www-authenticate"] == "Bearer"
    assert "process_" not in answers[0].text


def test_a_port_in_use_stops_the_start_and_says_what_to_do(port):
    said = pytest.raises(CannotListen, match=rf":{port} .*METRICS_PORT")
    with socket.create_server(("127.0.0.1", port)), said:
        metrics.expose("a test")


def test_without_a_port_nobody_is_told(settings):
    settings.METRICS_PORT = 0
    heard = []

    def hear(**about):
        heard.append(about)

    metrics.exposed.connect(hear)
    try:
        metrics.expose("a test")
    finally:
        metrics.exposed.disconnect(hear)
    assert heard == []
