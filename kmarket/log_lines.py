"""How a line of the log looks: one event, one line, whatever a client had written into it."""

import copy
import logging
import re

# Whoever could write one of these could write a line of their own, or color the terminal.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
TRACE_PREFIX = "  | "


class Lines(logging.Formatter):
    """A formatter whose messages are one line each; a traceback's lines are seen to be one's."""

    def format(self, record: logging.LogRecord) -> str:
        # Other handlers get the record as it was.
        record = copy.copy(record)
        record.msg, record.args = escaped(record.getMessage()), None
        record.exc_text = None
        return super().format(record)

    def formatException(self, ei: object) -> str:  # noqa: N802 (logging's name)
        """Return the traceback, each line behind a mark: its last ones may quote a client."""
        text = super().formatException(ei)  # type: ignore[arg-type]
        lines = (escaped(line) for line in text.split("\n"))
        return "\n".join(f"{TRACE_PREFIX}{line}" for line in lines)


def escaped(text: str) -> str:
    """Return the text with its control characters written out, as in a Python string."""
    return _CONTROLS.sub(lambda match: repr(match[0])[1:-1], text)
