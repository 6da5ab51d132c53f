"""Which blocks of the pages are not run, and why; which page is a translation of which.

What is not named here is run, word for word, by e2e/test_documents.py.
"""

import shlex
from collections.abc import Iterator

from tests.documents import Block

# What a house runs, and what only shows something: an answer, a drawing.
RUN = {"sh", "python", "js", "sql"}
SHOWN = {"", "json"}
# What makes a block without a language a drawing.
DRAWN = set("─│►▼")
# What the shell may be asked for when a page is run. Who wants more of the reader's machine than
# this is left out.
PROGRAMS = {".venv/bin/python", "curl", "echo", "python3"}

TRANSLATED = {"README.md": "README.zh-CN.md", "CHANGELOG.md": "CHANGELOG.zh-CN.md"}

# (page, how the block begins): why it cannot be run against the house of the tests. What is left
# out is still looked at: its syntax, its commands, settings and services.
NOT_RUN = {
    ("README.md", "make run"): "starts the house itself: the tests start theirs",
    ("README.md", "make test"): "is the suite that this is part of, and what it has no time for",
    ("README.md", "export DATABASE_URL="): "names servers of the reader's own",
    ("README.md", "umask 077"): "needs Docker: tests/test_compose.py looks at what it would run",
    ("docs/operators.md", "docker compose restart"): "needs Docker, and restarts what others use",
    ("docs/security.md", "pipx run pip-audit"): "asks registries what they know of holes",
    ("docs/live.md", "cd clients/live"): "installs what builds the page; e2e/live does the rest",
    ("docs/api.md", "npx openapi-typescript"): "installs somebody else's program",
    ("docs/api.md", "@operation("): "quotes a view",
    ("docs/monitoring.md", "GRAFANA_PASSWORD="): "needs Docker: tests/test_compose.py looks at it",
    ("docs/monitoring.md", '{"ts":'): "is a line of the log",
    ("docs/sizing.md", "[databases]"): "is for a PgBouncer: e2e/test_hosts.py writes one like it",
    # Every block of it.
    ("docs/backup.md", ""): "is run by e2e/test_backup.py, on a house of its own",
    ("docs/deploy.md", ""): "needs a host: tests/test_systemd.py looks at its units",
    (
        "docs/typescript.md",
        "",
    ): "is one program, which the TypeScript client's tests compile and run",
}


def not_run_because(block: Block) -> str | None:
    """Return why a block is not run; None where it is, or only shows something."""
    originals = {theirs: ours for ours, theirs in TRANSLATED.items()}
    if block.page in originals:
        return f"is the code of {originals[block.page]}, which a test compares"
    reasons = (
        why
        for (page, words), why in NOT_RUN.items()
        if block.page == page and block.text.startswith(words)
    )
    return next(reasons, None)


def programs(block: Block) -> set[str]:
    """Return which programs a block of shell calls."""
    return {word for line in _lines(block.text) for word in _first_words(line)}


def _lines(text: str) -> Iterator[list[str]]:
    """Yield the words of each line; one that ends within quotes goes on in the next."""
    begun = ""
    for line in text.replace("\\\n", " ").splitlines():
        begun += line + "\n"
        lexer = shlex.shlex(begun, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        try:
            words = list(lexer)
        except ValueError:
            continue
        yield words
        begun = ""
    assert not begun, f"these quotes have no end: {begun}"


def _first_words(words: list[str]) -> Iterator[str]:
    begins = True
    for word in words:
        if set(word) <= set("();<>|&"):
            begins = True
        elif begins and "=" not in word.split("/")[0].rstrip("$"):
            yield word
            begins = False
        elif begins:
            # An assignment; with `$(` in it a command begins next.
            begins = True
