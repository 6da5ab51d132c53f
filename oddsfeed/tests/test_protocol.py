import json
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oddsfeed import protocol
from oddsfeed.protocol import BadMessage, Options, Ping, Resume, Subscribe, Unsubscribe, parse

UPDATE = {
    "type": "odds_update",
    "marketId": 1001,
    "payload": {"market_id": 1001, "moneyline": {"home": 1.85, "away": 2.1}, "reason": 'a "}" ü'},
    "seq": 7,
    "ts": 1730000000000,
}
FRAME = protocol.update(UPDATE)


def test_subscribe_is_read_as_the_seed_document_prints_it():
    assert parse('{ "type":"subscribe", "markets":["1001","1002"] }') == Subscribe(
        market_ids=(1001, 1002), options=None, id=None, channels=()
    )


def test_unsubscribe_is_read_as_the_seed_document_prints_it():
    assert parse('{ "type":"unsubscribe", "markets":["1001"] }') == Unsubscribe((1001,), None)


def test_resume_is_read_as_the_seed_document_prints_it():
    assert parse('{ "type":"resume", "offsets": { "1001": 10 } }') == Resume(
        {1001: 10}, epoch=None, id=None
    )


def test_ids_may_be_numbers_and_each_counts_once():
    read = parse('{"type":"subscribe","markets":[1002,"1001",1001,"1002"],"id":"a"}')

    assert read == Subscribe((1002, 1001), options=None, id="a", channels=())


def test_options_are_read():
    text = '{"type":"subscribe","markets":[],"options":{"heartbeat":true,"conflateMs":250}}'

    assert parse(text).options == Options(heartbeat=True, batch=None, conflate_ms=250)


def test_options_keep_what_they_do_not_name():
    present = Options(heartbeat=True, batch=False, conflate_ms=0)

    assert Options(batch=True).over(present) == Options(heartbeat=True, batch=True, conflate_ms=0)


def test_a_resume_may_name_its_epoch():
    text = '{"type":"resume","offsets":{"1":0},"epoch":"0123456789abcdef","id":3}'

    assert parse(text) == Resume({1: 0}, epoch="0123456789abcdef", id=3)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('{"type":"ping"}', Ping(None, None)),
        ('{"type":"ping","ts":1730000000000,"id":9}', Ping(1730000000000, 9)),
        ('{"type":"ping","ts":0.5}', Ping(0.5, None)),
        ('{"type":"ping","ts":"then","unknown":[1]}', Ping("then", None)),
    ],
)
def test_ping_is_read(text, read):
    assert parse(text) == read


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "This is not JSON."),
        ("{", "This is not JSON."),
        ('{"type":"ping","ts":NaN}', "This is not JSON."),
        ("[" * 5000, "This is not JSON."),
        ('"\ud800"', "This is not JSON."),
        ("[]", "A message is a JSON object."),
        ("null", "A message is a JSON object."),
        ("{}", "`type` is one of subscribe, unsubscribe, resume, ping."),
        ('{"type":"steal"}', "`type` is one of subscribe, unsubscribe, resume, ping."),
        ('{"type":["ping"]}', "`type` is one of subscribe, unsubscribe, resume, ping."),
        ('{"type":"__init__"}', "`type` is one of subscribe, unsubscribe, resume, ping."),
        ('{"type":"ping","id":true}', "`id` is a number or a short text."),
        ('{"type":"ping","id":1.5}', "`id` is a number or a short text."),
        ('{"type":"ping","ts":true}', "`ts` is a number."),
        ('{"type":"subscribe","markets":"1001"}', "`markets` is a list of ids."),
        ('{"type":"unsubscribe"}', "`markets` is a list of ids."),
        ('{"type":"resume"}', '`offsets` is an object such as {"1001": 10}.'),
        ('{"type":"resume","offsets":{"1":-1}}', "A seq is a whole number."),
        ('{"type":"resume","offsets":{"1":"1"}}', "A seq is a whole number."),
        ('{"type":"resume","offsets":{"1":true}}', "A seq is a whole number."),
        (
            '{"type":"resume","offsets":{"1":1},"epoch":5}',
            "`epoch` is the text that a snapshot gave.",
        ),
        ('{"type":"subscribe","markets":[],"options":[]}', "`options` is an object."),
        ('{"type":"subscribe","markets":[],"options":{"rate":1}}', "There is no option 'rate'."),
        (
            '{"type":"subscribe","markets":[],"options":{"batch":1}}',
            "`heartbeat` and `batch` are true or false.",
        ),
        (
            '{"type":"subscribe","markets":[],"options":{"conflateMs":60001}}',
            "`conflateMs` is a whole number from 0 to 60000.",
        ),
        (
            '{"type":"subscribe","markets":[],"options":{"conflateMs":1.5}}',
            "`conflateMs` is a whole number from 0 to 60000.",
        ),
        ('{"type":"subscribe","channels":"user"}', "`channels` is a list of names."),
        ('{"type":"subscribe","channels":["news"]}', "There is no channel 'news'."),
    ],
)
def test_what_is_wrong_is_said(text, message):
    with pytest.raises(BadMessage) as refusal:
        parse(text)

    assert (refusal.value.code, str(refusal.value)) == ("BAD_REQUEST", message)


@pytest.mark.parametrize(
    "market", ["0", "-1", "01", "1.0", '"1.0"', '""', '"\u0661"', "true", "null", str(2**53), "[1]"]
)
def test_what_is_no_market_id_is_refused(market):
    with pytest.raises(BadMessage):
        parse(f'{{"type":"subscribe","markets":[{market}]}}')


def test_the_largest_id_is_one_that_javascript_reads_exactly():
    read = parse(f'{{"type":"subscribe","markets":[{2**53 - 1}]}}')

    assert read.market_ids == (2**53 - 1,)


def test_a_refusal_names_the_request():
    with pytest.raises(BadMessage) as refusal:
        parse('{"type":"subscribe","markets":5,"id":"abc"}')

    assert refusal.value.id == "abc"


@pytest.mark.parametrize(
    "wrap", ['{{"type":"subscribe","markets":{}}}', '{{"type":"resume","offsets":{}}}']
)
def test_a_message_names_200_markets_at_most(wrap):
    ids = range(1, 202)
    many = dict.fromkeys(map(str, ids), 0) if "resume" in wrap else list(ids)

    with pytest.raises(BadMessage, match="200 markets at most"):
        parse(wrap.format(json.dumps(many)))


@pytest.mark.parametrize("filler", ["x", "ü", "€"])
def test_a_frame_holds_64_kib(filler):
    width = len(filler.encode())
    frame = f'{{"type":"ping","x":"{filler * (65_000 // width)}"}}'
    room = 65_536 - len(frame.encode())

    assert parse(frame + " " * room) == Ping(None, None)
    with pytest.raises(BadMessage) as refusal:
        parse(frame + " " * (room + 1))
    assert refusal.value.code == "PAYLOAD_TOO_LARGE"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["type", "markets", "offsets", "options", "id", "ts", "epoch", "channels"]
            )
            | st.text(max_size=4),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
KNOWN = st.sampled_from(["subscribe", "unsubscribe", "resume", "ping"])


@given(st.text())
@example("\x00")
@example("\ufeff{}")
def test_any_text_is_a_message_or_a_bad_message(text):
    with suppress(BadMessage):
        parse(text)


@given(st.dictionaries(st.sampled_from(["markets", "offsets", "options", "id", "ts"]), JSON), KNOWN)
def test_any_json_is_a_message_or_a_bad_message(body, kind):
    with suppress(BadMessage):
        parse(json.dumps({**body, "type": kind}))


def test_an_update_is_sent_as_it_is():
    assert json.loads(FRAME) == UPDATE


def test_a_collapsed_update_says_from_where_on_and_why():
    frame = protocol.collapsed(FRAME, from_seq=4, con="slow")

    assert json.loads(frame) == {**UPDATE, "from_seq": 4, "con": "slow"}


def test_a_snapshot_is_an_update_with_another_head_and_the_epoch():
    frame = protocol.snapshot(FRAME, epoch="00ff")

    assert json.loads(frame) == {**UPDATE, "type": "snapshot", "epoch": "00ff"}


def test_a_resync_also_says_why():
    frame = protocol.resync(FRAME, epoch="00ff", reason="limit")

    assert json.loads(frame) == {
        **UPDATE,
        "type": "resync",
        "epoch": "00ff",
        "reason": "limit",
    }


def test_the_ack_begins_as_the_seed_document_prints_it():
    assert protocol.ack(subscribed=[1002, 1001]) == (
        '{"type":"ack","ok":true,"subscribed":[1001,1002]}'
    )


def test_the_ack_says_what_was_rejected_resumed_arranged_and_asked():
    text = protocol.ack(
        subscribed=[1],
        rejected={5: "NOT_FOUND"},
        resumed={1: 12},
        options=Options(heartbeat=True, batch=False, conflate_ms=100),
        request_id="q",
    )

    assert json.loads(text) == {
        "type": "ack",
        "ok": True,
        "subscribed": [1],
        "rejected": [{"market": 5, "reason": "NOT_FOUND"}],
        "resumed": {"1": 12},
        "options": {"heartbeat": True, "batch": False, "conflateMs": 100},
        "id": "q",
    }


def test_the_other_messages():
    assert protocol.pong(ts=5, request_id=1) == '{"type":"pong","ts":5,"id":1}'
    assert protocol.error(code="BAD_REQUEST", message="No.") == (
        '{"type":"error","code":"BAD_REQUEST","message":"No."}'
    )
    assert protocol.heartbeat(ts=9, status="ok", marks={1: 3}) == (
        '{"type":"heartbeat","ts":9,"status":"ok","marks":{"1":3}}'
    )
    assert protocol.bye(reason="restart", retry_in_ms=700) == (
        '{"type":"bye","reason":"restart","retryIn":700}'
    )


def test_messages_are_joined_as_an_array_and_one_stays_alone():
    assert protocol.joined(['{"a":1}']) == '{"a":1}'
    assert protocol.joined(['{"a":1}', '{"b":2}']) == '[{"a":1},{"b":2}]'
