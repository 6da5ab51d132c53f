"""What people read, README.md and docs/: pages, their headings, code blocks and links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from django.conf import settings

_FENCE = re.compile(r"(?P<indent> *)(?P<fence>`{3,})(?P<language>\S*)")
_HEADING = re.compile(r"(#+) +(.*)")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
# A comment in a block may be in the reader's language.
_COMMENT = re.compile(r"(^|\s+)#\s.*$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """What stands between two fences. `line` is the fence's own, in a file that counts from 1."""

    page: str
    line: int
    language: str
    text: str
    heading: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line} ({self.language or 'no language'})"

    @property
    def without_comments(self) -> str:
        return _COMMENT.sub("", self.text)


@dataclass(frozen=True)
class Page:
    """A Markdown file, by its path from the root."""

    name: str

    @property
    def path(self) -> Path:
        return Path(settings.BASE_DIR) / self.name

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def _read(self) -> tuple[list[Block], list[tuple[str, str]]]:
        """The blocks, and what is not in them: (heading, line) of each line."""
        blocks, prose = [], []
        heading, fence, indent, language, begun, inside = "", "", "", "", 0, list[str]()
        for number, line in enumerate(self.text.splitlines(), start=1):
            if fence:
                if line.strip() == fence:
                    text = "\n".join(inside) + "\n"
                    blocks.append(Block(self.name, begun, language, text, heading))
                    fence = ""
                else:
                    inside.append(line.removeprefix(indent))
            elif opened := _FENCE.match(line):
                indent, fence, language = opened["indent"], opened["fence"], opened["language"]
                begun, inside = number, []
            else:
                if found := _HEADING.match(line):
                    heading = found[2]
                prose.append((heading, line))
        assert not fence, f"{self.name}:{begun}: this block has no end"
        return blocks, prose

    @property
    def blocks(self) -> list[Block]:
        return self._read[0]

    @property
    def prose(self) -> str:
        return "\n".join(line for _, line in self._read[1])

    @property
    def headings(self) -> list[tuple[int, str]]:
        found = (_HEADING.match(line) for _, line in self._read[1])
        return [(len(each[1]), each[2]) for each in found if each]

    @property
    def sections(self) -> list[str]:
        """What stands below each heading, without the blocks; first what is above all."""
        sections = [""]
        for _, line in self._read[1]:
            if _HEADING.match(line):
                sections.append("")
            sections[-1] += line + "\n"
        return sections

    @property
    def rows(self) -> list[str]:
        """The first cell of each row of each table."""
        return re.findall(r"^\| *((?:[^|\\]|\\.)*?) *\|", self.prose, re.MULTILINE)


def links(text: str) -> list[str]:
    return _LINK.findall(text)


def spans(text: str) -> list[str]:
    """What is marked as code within a line; a span may go on in the next one."""
    return [" ".join(span.split()) for span in _SPAN.findall(text)]


def anchor(heading: str) -> str:
    """The name that a heading can be linked by."""
    return re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-")


def pages() -> Iterator[Page]:
    """What is read by people, in the order of reading: README first."""
    root = Path(settings.BASE_DIR)
    for path in (*sorted(root.glob("*.md"), key=lambda it: it.name != "README.md"),):
        yield Page(path.name)
    for path in sorted((root / "docs").rglob("*.md")):
        yield Page(str(path.relative_to(root)))
