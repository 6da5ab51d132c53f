"""What clients tell (e2e/clients/follower.mjs), held against what is stored."""


def of_market(events: list[dict], market_id: int) -> list[dict]:
    return [event for event in events if event.get("market") == market_id]


def last_seq(events: list[dict], market_id: int) -> int:
    """Return the seq that a client stands at; 0: it has nothing of the market yet."""
    return max((event["seq"] for event in of_market(events, market_id)), default=0)


def check(events: list[dict], market_id: int, stored: dict[int, int]) -> None:
    """Assert one snapshot, and then every stored update after it, once and in order."""
    snapshot, *others = of_market(events, market_id)
    assert snapshot["event"] == "snapshot"
    assert [(event["event"], event["from"], event["seq"], event["home"]) for event in others] == [
        ("update", seq, seq, home) for seq, home in stored.items() if seq > snapshot["seq"]
    ]


def closes(events: list[dict]) -> list[int]:
    """Return the code of each connection's end."""
    return [event["code"] for event in events if event["event"] == "close"]
