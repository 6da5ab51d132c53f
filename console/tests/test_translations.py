"""The catalogue of the console's translations against the code that asks for them."""

import ast
import gettext
import re
import struct
from collections import Counter

import pytest
from django.core.management import call_command
from django.utils import translation

from console import po, texts, vocabulary
from console.management.commands.translations import FOLDER
from console.po import Text
from kmarket.errors import DomainError
from kmarket.sentences import said
from markets.lifecycle import Event
from markets.odds import Odds

CATALOGUE = po.read((FOLDER / "django.po").read_text(encoding="utf-8"))
# "%(name)s" and the like, "{name}", and whatever else "%" may begin.
PLACES = re.compile(r"%\(\w+\)[^a-zA-Z]*[a-zA-Z]|\{\w+\}|%[a-zA-Z]")
AGAIN = "run: manage.py translations, and translate what is new"


def everything(kind: type) -> list[type]:
    return [child for one in kind.__subclasses__() for child in [one, *everything(one)]]


def test_each_text_of_the_code_is_translated_and_no_other_is_kept():
    places = texts.collected()

    assert not [text for text in places if not CATALOGUE.translated.get(text)], AGAIN
    assert not CATALOGUE.translated.keys() - places.keys(), AGAIN
    # It is written as the command writes it: no diff without a change.
    source = (FOLDER / "django.po").read_text(encoding="utf-8")
    assert po.written(CATALOGUE, places=places) == source, AGAIN


def test_the_compiled_catalogue_says_the_same():
    with (FOLDER / "django.mo").open("rb") as file:
        _magic, _version, count = struct.unpack("<3I", file.read(12))
        file.seek(0)
        compiled = gettext.GNUTranslations(file)

    assert compiled.charset() == "UTF-8"
    assert count == len(CATALOGUE.translated) + 1
    for text, translated in CATALOGUE.translated.items():
        match (bool(text.context), bool(text.plural)):
            case (True, True):
                found = compiled.npgettext(text.context, text.words, text.plural, 1)
            case (True, False):
                found = compiled.pgettext(text.context, text.words)
            case (False, True):
                found = compiled.ngettext(text.words, text.plural, 1)
            case _:
                found = compiled.gettext(text.words)
        assert found == translated, text


def test_a_translation_has_the_places_of_its_text():
    for text, translated in CATALOGUE.translated.items():
        for english in filter(None, [text.words, text.plural]):
            # "25 %" is a place nowhere but where there are others.
            is_format = "%(" in english or "{" in english or "%s" in english
            found = [PLACES.findall(words) for words in (english, translated)]
            assert not is_format or Counter(found[0]) == Counter(found[1]), text


def test_one_form_is_right_for_all_numbers():
    assert "nplurals=1; plural=0;" in CATALOGUE.head
    with translation.override("zh-hans"):
        for count in (0, 1, 2, 100):
            words = translation.ngettext("%(faults)s fault", "%(faults)s faults", count)
            assert words % {"faults": count} == f"{count} 处问题"


def test_every_refusal_is_translated():
    refusals = list(texts.refusals())
    assert {kind.message for kind in everything(DomainError)} == {kind.message for kind in refusals}
    assert len(refusals) > 50
    with translation.override("zh-hans"):
        for kind in refusals:
            assert translation.gettext(kind.message) != kind.message, kind
            assert not re.search(r"[a-z]{3}", translation.gettext(kind.message))


def given(keyword: str) -> set[str]:
    """Return the texts that calls in the code give for a keyword, as far as they stand there."""
    calls = (
        node
        for path in texts.files("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    )
    values = [one.value for call in calls for one in call.keywords if one.arg == keyword]
    values += [
        part for one in values if isinstance(one, ast.IfExp) for part in (one.body, one.orelse)
    ]
    texts_given = {one.value for one in values if isinstance(one, ast.Constant)}
    return {text for text in texts_given if isinstance(text, str) and text}


def test_every_kind_of_action_has_a_word():
    found = {name for name in given("action") if re.fullmatch(r"\w+\.\w+", name)}
    assert len(found) > 15
    assert found <= set(vocabulary.ACTIONS)
    assert {f"market.{event}" for event in Event} <= set(vocabulary.ACTIONS)


def test_every_reason_that_a_machine_gives_has_words():
    found = given("reason")
    assert len(found) > 5
    # Sockets are told why, too.
    assert found - {"restart"} <= set(vocabulary.REASONS)


def test_templates_are_read_as_django_reads_them():
    source = """
        {% translate "Home" context "team" %}{% translate 'a "b"' as c %}{{ d|default:_("e") }}
        {% blocktranslate count n=x.y with z=w %}{{ n }} of 5 %{% plural %}{{ n }}s
        {% endblocktranslate %}
        {% translate x.y %}{# {% translate "no" %} #}
    """
    assert list(texts.of_template(source)) == [
        Text("Home", "team"),
        Text('a "b"'),
        Text("e"),
        Text("%(n)s of 5 %%", plural="%(n)ss\n        "),
    ]


def test_what_is_written_is_read_again():
    translated = {
        Text('a "quoted" \\ text\nin lines'): "一",
        Text("b", "context"): "二",
        Text("%(n)s c", plural="%(n)s cs"): "三 %(n)s",
        Text("not yet"): "",
    }
    places = {text: ["x.py"] for text in translated}
    written = po.written(po.Catalogue(CATALOGUE.head, translated), places=places)
    assert po.read(written) == po.Catalogue(CATALOGUE.head, translated)
    assert "#, python-format" in written


@pytest.mark.parametrize(
    ("block", "why"),
    [
        ('#, fuzzy\nmsgid "a"\nmsgstr "b"', "guess"),
        ('msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"', "twice"),
        ('msgid "a"\nmsgtsr "b"', "No line"),
        ('"a"', "No line"),
    ],
)
def test_what_is_no_catalogue_is_named(block, why):
    with pytest.raises(po.Malformed, match=why):
        po.read(f"{CATALOGUE.head}\n\n{block}\n")


def test_the_command_keeps_what_is_translated_and_names_the_rest(tmp_path, monkeypatch, capsys):
    kept, new = Text("Home"), Text("Markets")
    head = CATALOGUE.head
    known = po.Catalogue(head, {kept: "首页", Text("gone"): "无"})
    (tmp_path / "django.po").write_text(po.written(known, places={kept: [], Text("gone"): []}))
    monkeypatch.setattr("console.management.commands.translations.FOLDER", tmp_path)
    monkeypatch.setattr(texts, "collected", lambda: {kept: ["a.py"], new: ["b.html"]})

    call_command("translations")

    assert capsys.readouterr().out == "not translated: Markets\n2 texts, 1 dropped.\n"
    assert po.read((tmp_path / "django.po").read_text()).translated == {kept: "首页", new: ""}
    with (tmp_path / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert [compiled.gettext(word) for word in ("Home", "Markets")] == ["首页", "Markets"]


def test_sentences_and_phrases_are_said_in_the_operators_language():
    try:
        Odds.parse("1.855")
    except ValueError as exc:
        decimals = exc.args[0]
    pinned = said("market %(market)s is %(why)s: %(kept)s", market=7, why=said("pinned"), kept="x")
    with translation.override("zh-hans"):
        assert vocabulary.spoken(decimals) == "赔率最多两位小数。"
        assert vocabulary.spoken(pinned) == "盘口 7 已锁定：x"  # noqa: RUF001 (Chinese)
        assert vocabulary.spoken("home of the 100 % brave") == "home of the 100 % brave"
        assert vocabulary.phrase("spread home 1.85 → 2.60") == "让分 主队 1.85 → 2.60"
        assert vocabulary.phrase("Homer's") == "Homer's"
    with translation.override("en"):
        assert vocabulary.spoken(pinned) == "market 7 is pinned: x"
