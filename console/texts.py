"""Every text that the console shows in the operator's language, collected from where it stands:
what is marked in modules and templates, what the domain refuses with, what its models are called.
"""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from django.apps import apps
from django.conf import settings
from django.utils import translation
from django.utils.translation.template import templatize

from accounts.roles import our_apps
from console import names, vocabulary
from console.po import Text
from kmarket.errors import DomainError
from kmarket.sentences import Said, said

E = TypeVar("E", bound=Exception)
Functions = dict[str, tuple[str, ...]]

# By the name of a function, which texts its first arguments are.
_ARGUMENTS: Functions = {
    "_": ("words",),
    "gettext": ("words",),
    "gettext_lazy": ("words",),
    "ngettext": ("words", "plural"),
    "ngettext_lazy": ("words", "plural"),
    "pgettext": ("context", "words"),
    "pgettext_lazy": ("context", "words"),
}
_LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
# In what Django makes of a template.
_CALL = re.compile(rf"\b({'|'.join(_ARGUMENTS)})\(\s*({_LITERAL}(?:\s*,\s*{_LITERAL})*)")
# What Django's Chinese lacks, on pages that operators open.
_OF_DJANGO = (
    *(":", ":?.!"),
    *("Model name", "Add link", "Change or view list link", "Forgotten your login credentials?"),
    "After you\u2019ve created a user, you\u2019ll be able to edit more user options.",
    "In case you\u2019ve forgotten, you are:",
)


def collected() -> dict[Text, list[str]]:
    """Return each text with the files that use it, in the order of the files."""
    places: dict[Text, list[str]] = {}
    for text, file in _all():
        files = places.setdefault(text, [])
        if file not in files:
            files.append(file)
    return places


def refusals() -> Iterator[type[DomainError]]:
    """Yield every kind of refusal that has words of its own."""
    return (kind for kind in _kinds(DomainError) if "message" in vars(kind))


def _kinds(base: type[E]) -> Iterator[type[E]]:
    for child in base.__subclasses__():
        yield child
        yield from _kinds(child)


def _all() -> Iterator[tuple[Text, str]]:
    # Which refusals there are is known once every page and answer is.
    import_module(settings.ROOT_URLCONF)
    refused = {kind.__name__ for kind in refusals()}
    sentences = {said.__name__, *(kind.__name__ for kind in _kinds(Said))}
    functions = _ARGUMENTS | dict.fromkeys(sentences, ("words",))
    for path in files("*.py"):
        for text in _of_module(path.read_text(encoding="utf-8"), functions, refused):
            yield text, _shown(path)
    for path in files("*.html"):
        for text in of_template(path.read_text(encoding="utf-8")):
            yield text, _shown(path)
    for kind in refusals():
        yield Text(kind.message), f"{kind.__module__.replace('.', '/')}.py"
    yield from ((Text(words), "django/contrib/admin") for words in _OF_DJANGO)
    with translation.override(None):
        for named in (names.named(), vocabulary.named()):
            for text, module in named:
                yield text, f"{module.replace('.', '/')}.py"


def files(pattern: str) -> Iterator[Path]:
    """Yield what an operator may meet: of all apps, without tests and migrations."""
    for label in sorted(our_apps()):
        for path in sorted(Path(apps.get_app_config(label).path).rglob(pattern)):
            if not {"tests", "migrations"} & set(path.parts):
                yield path


def _shown(path: Path) -> str:
    return path.relative_to(settings.BASE_DIR).as_posix()


def _of_module(source: str, functions: Functions, refused: set[str]) -> Iterator[Text]:
    """Yield what a module marks, and what it calls the details of the refusals that it makes."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for node in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        if name in refused:
            yield from (Text(given.arg, "detail") for given in node.keywords if given.arg)
        yield from _marked(
            functions.get(name, ()), [getattr(arg, "value", None) for arg in node.args]
        )


def of_template(source: str) -> Iterator[Text]:
    """Yield what a template marks."""
    for found in _CALL.finditer(templatize(source)):
        given = ast.literal_eval(f"[{found[2]}]")
        yield from _marked(_ARGUMENTS[found[1]], given)


def _marked(parts: tuple[str, ...], given: list[Any]) -> Iterator[Text]:
    """Yield the text of a call; none where what is looked up is known only when it runs."""
    found = given[: len(parts)]
    if parts and len(found) == len(parts) and all(isinstance(one, str) for one in found):
        yield Text(**dict(zip(parts, found, strict=True)))
