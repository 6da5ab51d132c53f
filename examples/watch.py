"""Watch odds move: .venv/bin/python examples/watch.py TOKEN MARKET [MARKET ...]"""

import argparse
import json
import sys

from websockets.sync.client import connect


def main() -> None:
    """Subscribe, then print each message until Ctrl-C or --count messages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("token")
    parser.add_argument("markets", nargs="+")
    parser.add_argument("--url", default="ws://127.0.0.1:8080", help="where kmarket is")
    parser.add_argument("--count", type=int, default=0, help="end after so many messages")
    options = parser.parse_args()

    # The token travels as a subprotocol: an address with ?token= ends up in logs.
    protocols = ["kmarket.v1", f"bearer.{options.token}"]
    with connect(f"{options.url}/ws/odds", subprotocols=protocols) as socket:
        socket.send(json.dumps({"type": "subscribe", "markets": options.markets}))
        for number, frame in enumerate(socket, start=1):
            sys.stdout.write(f"{frame}\n")
            sys.stdout.flush()
            if number == options.count:
                break


if __name__ == "__main__":
    main()
