"""README.md, CHANGELOG.md and docs/ name nothing that isn't there, and translations keep up.

e2e/test_documents.py runs their code; here is what can be told without running it.
"""

import json
import re
import subprocess
from functools import cache

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands, load_command_class

from tests import shown
from tests.documents import Page, anchor, links, pages, spans
from tests.documents_rules import (
    DRAWN,
    NOT_RUN,
    PROGRAMS,
    RUN,
    SHOWN,
    TRANSLATED,
    not_run_because,
    programs,
)

ROOT = settings.BASE_DIR
PAGES = list(pages())
BLOCKS = [block for page in PAGES for block in page.blocks]
LEFT_OUT = [block for block in BLOCKS if not_run_because(block)]
SOURCES = {
    *(".py", ".sol", ".yml", ".json", ".conf", ".html"),
    *(".js", ".mjs", ".ts", ".toml", ".example"),
}

MANAGE = re.compile(r"manage\.py ([a-z_]+)((?:[^\n`|;&]|\\\n)*)")
ENDPOINT = re.compile(r"^(GET|POST|PUT|DELETE|PATCH) (?:/api/v1/)?([\w{][^\s?`]*)")
PATH = re.compile(r"(?:[\w.]+/)*[\w.]+\.(?:py|sol|md|json|yml|conf|mjs|csv|po)")
NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
DOTTED = re.compile(r"([a-z_]+)((?:\.\w+)+)")


def by_name(items):
    return pytest.mark.parametrize("page", items, ids=lambda page: page.name)


# --- Code ------------------------------------------------------------------------------------


def test_every_block_is_run_shown_or_left_out_for_a_reason():
    stray = [
        f"{block}: nothing runs this language. Use one of {sorted(RUN)}, or say in NOT_RUN of"
        " tests/documents_rules.py why it is not run"
        for block in BLOCKS
        if block.language not in RUN | SHOWN and not not_run_because(block)
    ]
    stray += [
        f"{block}: say which language this is, unless it is a drawing"
        for block in BLOCKS
        if not block.language and not DRAWN & set(block.text)
    ]
    assert not stray, "\n".join(stray)


@pytest.mark.parametrize("block", [it for it in BLOCKS if it.language == "sh"], ids=str)
def test_what_is_run_asks_for_nothing_that_could_do_harm(block):
    if not not_run_because(block):
        more = programs(block) - PROGRAMS
        assert not more, (
            f"{block} calls {sorted(more)}, which no test should: say in NOT_RUN of"
            " tests/documents_rules.py why it is not run, or allow it in PROGRAMS"
        )


def test_what_is_left_out_is_there():
    named = {(page, words) for page, words in NOT_RUN}
    met = {
        (page, words)
        for page, words in named
        if any(it.page == page and it.text.startswith(words) for it in BLOCKS)
    }
    assert met == named, "NOT_RUN names blocks that no page has any more"


@pytest.mark.parametrize("block", LEFT_OUT, ids=str)
def test_what_is_left_out_is_well_formed(block):
    if block.language == "sh":
        done = subprocess.run(
            ["bash", "-n"], input=block.text, capture_output=True, text=True, check=False
        )
        assert not done.stderr, f"{block}: {done.stderr}"
        known = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.M))
        exported = {
            name
            for line in re.findall(r"^export (.*)", block.text, re.M)
            for name in re.findall(r"(\w+)=", line)
        }
        assert exported <= known, f"{block}: {exported - known} are no settings"
        targets = set(re.findall(r"^(\w[\w-]*):", (ROOT / "Makefile").read_text(), re.M))
        assert set(re.findall(r"^(?:\w+=\S* )*make ([\w-]+)", block.text, re.M)) <= targets
        services = set(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"])
        asked = re.findall(r"docker compose (?:exec|restart|stop|logs|run)\s+(\w+)", block.text)
        assert set(asked) <= services, f"{block}: docker-compose.yml has {sorted(services)}"
        for path in re.findall(r"/api/v1/([\w/$]+)", block.text):
            assert any(it.fullmatch(path) for _, it in endpoints()), f"{block}: no {path}"
    elif block.language == "python":
        # A quotation: each line is one of the code's.
        code = "".join(text for name, text in sources().items() if name.endswith(".py"))
        assert [it for it in block.text.splitlines() if it.strip() not in code] == []
    else:
        parsers = {"yaml": yaml.safe_load, "json": json.loads}
        parsers.get(block.language, str)(block.text)


@pytest.mark.parametrize("block", [it for it in BLOCKS if it.language == "json"], ids=str)
def test_json_is_as_the_documents_of_the_api_say(block):
    for value in shown.values(block.text):
        assert shown.faults(value) == [], f"{block} shows what the API's documents do not know"


# --- Names -----------------------------------------------------------------------------------


@cache
def sources():
    """The text of each file of ours, by its path."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    # An archive has no history.
    names = listed or [str(path.relative_to(ROOT)) for path in ROOT.glob("[a-z]*/**/*.*")]
    return {
        name: (ROOT / name).read_text(encoding="utf-8", errors="replace")
        for name in names
        if (ROOT / name).is_file() and (ROOT / name).suffix in SOURCES | {""}
        if not name.startswith("docs/")
    }


@cache
def options_of(command):
    app = get_commands()[command]
    made = load_command_class(app, command) if isinstance(app, str) else app
    parser = made.create_parser("manage.py", command)
    return {option for action in parser._actions for option in action.option_strings}


@by_name(PAGES)
def test_commands_and_their_options_exist(page):
    text = page.prose + "".join(block.text for block in page.blocks if block.language == "sh")
    for command, rest in MANAGE.findall(text):
        if command == "py":
            continue
        assert command in get_commands(), f"{page.name}: there is no manage.py {command}"
        unknown = set(re.findall(r"(?<!\S)(--[\w-]+)", rest)) - options_of(command)
        assert not unknown, f"{page.name}: manage.py {command} has no {unknown}"


def test_readme_lists_every_command():
    ours = {name for name, app in get_commands().items() if (ROOT / str(app)).is_dir()}
    table = Page("README.md").text.partition("## Commands")[2].partition("\n## ")[0]
    listed = {name for row in re.findall(r"^\| (`.*?) \|", table, re.M) for name in spans(row)}
    assert listed == ours, "README.md, Commands: the table and management/commands differ"


@cache
def endpoints():
    """Each method, and what its path looks like."""
    paths = json.loads((ROOT / "docs/openapi.json").read_text())["paths"]
    return [
        (method.upper(), re.compile(re.sub(r"{\w+}", "[^/]+", path.removeprefix("/api/v1/"))))
        for path, methods in paths.items()
        for method in methods
    ]


@by_name(PAGES)
def test_endpoints_exist(page):
    for span in spans(page.prose):
        if found := ENDPOINT.match(span):
            method, path = found[1], re.sub(r"\[.*?\]", "", found[2])
            assert any(method == it and pattern.fullmatch(path) for it, pattern in endpoints()), (
                f"{page.name}: the API has no {method} {path}"
            )


@by_name(PAGES)
def test_names_in_code_exist(page):
    """A file, a module's member, a setting, a reason: what is marked as code is somewhere in it."""
    everything = "\n".join(sources().values())
    missing = []
    for span in spans(page.prose):
        if PATH.fullmatch(span):
            named = [it for it in (*sources(), *(p.name for p in PAGES)) if it.endswith(span)]
            there = any((ROOT / folder / span).exists() for folder in ("", "docs"))
            if not (named or there or span in everything):
                missing.append(f"no file {span}")
        elif (dotted := DOTTED.fullmatch(span)) and (ROOT / dotted[1] / "__init__.py").exists():
            last = span.rpartition(".")[2]
            if not re.search(rf"\b{last}\b", everything) and f"{last}.py" not in everything:
                missing.append(f"no {span}")
        missing += [f"no {name}" for name in NAME.findall(span) if name not in everything]
    assert not missing, f"{page.name} names what isn't there: {missing}"


@by_name(PAGES)
def test_links_lead_somewhere(page):
    for link in links(page.prose):
        path, _, fragment = link.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        target = (page.path.parent / path).resolve() if path else page.path
        assert target.exists(), f"{page.name} links to {link}, which isn't there"
        if fragment:
            there = Page(str(target.relative_to(ROOT)))
            anchors = {anchor(heading) for _, heading in there.headings}
            assert fragment in anchors, f"{page.name}: {there.name} has no heading #{fragment}"


@by_name([page for page in PAGES if "/" in page.name and not page.name.endswith("README.md")])
def test_every_page_of_docs_can_be_found(page):
    folder, _, name = page.name.rpartition("/")
    index = Page(f"{folder}/README.md")
    assert name in links(index.prose), f"{index.name} does not lead to {name}: add a row"


# --- Translations ----------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "other"), TRANSLATED.items())
class TestTranslation:
    """A page and its translation have the same parts; only words differ."""

    def test_headings(self, name, other):
        ours, theirs = Page(name).headings, Page(other).headings
        assert [level for level, _ in ours] == [level for level, _ in theirs], (
            f"{name} has the headings {[it for _, it in ours]},"
            f" {other} has {[it for _, it in theirs]}: give {other} what is missing"
        )

    def test_code(self, name, other):
        ours = [(it.language, it.without_comments) for it in Page(name).blocks if it.language]
        theirs = [(it.language, it.without_comments) for it in Page(other).blocks if it.language]
        for number, (mine, its) in enumerate(zip(ours, theirs, strict=False), start=1):
            assert mine == its, f"{other}: block {number} is not {name}'s: copy it"
        assert len(ours) == len(theirs), f"{other}: copy the blocks that {name} has"
        drawings = [sum(not it.language for it in Page(each).blocks) for each in (name, other)]
        assert len(set(drawings)) == 1, f"{name} and {other} have {drawings} drawings"

    def test_rows(self, name, other):
        """Rows of settings, commands, folders: those whose first cell is code, in their order."""
        ours, theirs = (
            [row for row in Page(each).rows if row.startswith("`")] for each in (name, other)
        )
        missing = [row for row in ours if row not in theirs]
        assert not missing, (
            f"{other}: its tables lack the rows {missing}: translate them from {name}"
        )
        assert ours == theirs, (
            f"{other}: its tables have other rows than {name}'s, or another order"
        )

    def test_names_and_links(self, name, other):
        """What is marked as code, and what is linked, section by section."""
        translated = {**TRANSLATED, name: other}
        sections = zip(Page(name).sections, Page(other).sections, strict=True)
        for mine, its in sections:
            heading = its.partition("\n")[0]
            for kind, found in (("code", spans), ("links", links)):
                ours, theirs = set(found(mine)), set(found(its))
                if kind == "links":
                    ours = {local(it, translated) for it in ours}
                    theirs = {local(it, translated) for it in theirs}
                assert ours == theirs, (
                    f"{other}: bring the section {heading!r} up to date with {name}. Of its {kind}"
                    f" it lacks {sorted(ours - theirs)}; it alone has {sorted(theirs - ours)}"
                )


def local(link, translated):
    """A link without its language: to which page it leads, whatever the heading is called."""
    path, _, fragment = link.partition("#")
    back = {theirs: ours for ours, theirs in translated.items()}
    return back.get(path, path) + ("#" if fragment else "")


def test_each_translation_is_linked_to_and_back():
    for name, other in TRANSLATED.items():
        assert other in links(Page(name).prose), f"{name} does not lead to {other}"
        assert name in links(Page(other).prose), f"{other} does not lead to {name}"


# --- The change log --------------------------------------------------------------------------


def versions():
    headings = [heading for level, heading in Page("CHANGELOG.md").headings if level == 2]
    return [re.match(r"\[?([\w.]+)\]?(?: - (\d{4}-\d\d-\d\d))?$", each) for each in headings]


def test_the_version_of_the_api_has_its_entry():
    version = json.loads((ROOT / "docs/openapi.json").read_text())["info"]["version"]
    listed = [each[1] for each in versions()]
    assert version in listed, f"CHANGELOG.md, and its translation, lack an entry for {version}"
    newest = next(each for each in listed if each != "Unreleased")
    assert newest == version, f"CHANGELOG.md is at {newest}, VERSION in settings.py at {version}"


def test_every_version_has_its_day_newest_first():
    days = [each[2] for each in versions() if each[1] != "Unreleased"]
    assert None not in days
    assert days == sorted(days, reverse=True)


def test_every_endpoint_and_event_is_in_the_change_log():
    said = Page("CHANGELOG.md").prose
    paths = json.loads((ROOT / "docs/openapi.json").read_text())["paths"]
    messages = json.loads((ROOT / "docs/asyncapi.json").read_text())["components"]["messages"]
    named = set(spans(said))
    missing = [
        f"{method.upper()} {path.removeprefix('/api/v1/')}"
        for path, methods in paths.items()
        for method in methods
    ]
    missing += [it["name"] for it in messages.values() if not it["name"].endswith(":answer")]
    missing = [it for it in missing if it not in named]
    assert not missing, (
        f"CHANGELOG.md does not say since when there are {missing}: name them under the version"
        " that brings them, and in its translation"
    )
