"""How log lines look, and what each of them names: the request, the user, the market.

`text` is for people:

    2026-05-01 12:00:00,123 ERROR betting.services [f3a1…] …

`json` is for programs, one object a line, `ts` in milliseconds since the epoch; what the caller
gave as `extra` is a member too:

    {"ts":1777636800123,"level":"ERROR","logger":"kmarket.clock","message":"Clock job failed.",
     "request_id":"-","job":"close markets","error":"Traceback …"}
"""

import logging
from typing import Any

import orjson

from kmarket.log_lines import Lines
from kmarket.requests import current_market, current_request_id, current_user
from kmarket.scrubbing import scrubbed

# What every record has; the rest was given with it.
_ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class ContextFilter(logging.Filter):
    """Gives each record its `request_id`, and `user` and `market` where they are known: ids."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id.get()
        record.user = current_user.get()
        record.market = current_market.get()
        return True


class Text(Lines):
    """A line to read."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return scrubbed(super().format(record))


class Json(logging.Formatter):
    """A JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "ts": int(record.created * 1000),
            "level": record.levelname,
            "logger": record.name,
            "message": scrubbed(record.getMessage()),
        }
        given = {name: value for name, value in vars(record).items() if name not in _ORDINARY}
        said |= {name: _plain(value) for name, value in given.items() if value is not None}
        if record.exc_info:
            said["error"] = scrubbed(self.formatException(record.exc_info))
        return orjson.dumps(said).decode()


def _plain(value: object) -> object:
    return value if isinstance(value, bool | int | float) else scrubbed(str(value))
