import logging
import sys

import pytest

from kmarket.log_lines import Lines, escaped

FORGED = "x\n2026-11-21 12:00:00 INFO accounts [-] admin signed in\r\x1b[2Kgone\u2028"


def line_of(*, exc_info=None):
    made = logging.LogRecord("a", logging.INFO, "", 0, "Said %s.", (FORGED,), exc_info)
    before = dict(vars(made))
    line = Lines("%(levelname)s %(message)s").format(made)
    assert vars(made) == before, "other handlers get it as it was"
    return line


def test_what_a_client_wrote_makes_no_line_of_its_own():
    assert line_of().isprintable()
    assert line_of().startswith(r"INFO Said x\n2026-11-21")


def test_a_traceback_that_quotes_a_client_is_marked_to_its_end():
    def fail():
        raise ValueError(FORGED)

    try:
        fail()
    except ValueError:
        line = line_of(exc_info=sys.exc_info())
    first, *trace = line.split("\n")
    assert first.startswith("INFO Said x")
    assert len(trace) >= 4
    assert all(each.startswith("  | ") and each.isprintable() for each in trace)


@pytest.mark.parametrize("text", ["", "plain", "漢字 é", "a\\nb"])
def test_other_text_stays_as_it_is(text):
    assert escaped(text) == text
