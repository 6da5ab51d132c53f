"""Apps, models, fields and choices, called what the operator's language calls them.

Django makes their English names from the code's own. Names beside those in each model would be the
same words again, and a migration for each; so the console looks up what there is, context by
context: "app", "model", "field", "permission", and for a choice its model and field such as
"order.state".
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Field, Model
from django.utils.translation import pgettext_lazy

from accounts.roles import our_apps
from console.po import Text


def translate() -> None:
    """Put the operator's words in the place of the English names."""
    for label in our_apps():
        config = apps.get_app_config(label)
        config.verbose_name = pgettext_lazy("app", str(config.verbose_name))
        for model in config.get_models():
            _translate(model)


def named() -> Iterator[tuple[Text, str]]:
    """Yield each English name with the module that it is from."""
    for label in sorted(our_apps()):
        config = apps.get_app_config(label)
        yield Text(str(config.verbose_name), "app"), f"{config.name}.apps"
        for model in config.get_models():
            yield Text(str(model._meta.verbose_name), "model"), model.__module__
            yield Text(str(model._meta.verbose_name_plural), "model"), model.__module__
            for _codename, words in model._meta.permissions:
                yield Text(words, "permission"), model.__module__
            for field in _own_fields(model):
                yield Text(str(field.verbose_name), "field"), model.__module__
                for _value, words in field.flatchoices:
                    yield Text(str(words), _choices_of(model, field)), model.__module__


def _translate(model: type[Model]) -> None:
    opts = model._meta
    opts.verbose_name_plural = pgettext_lazy("model", str(opts.verbose_name_plural))
    opts.verbose_name = pgettext_lazy("model", str(opts.verbose_name))
    for field in _own_fields(model):
        field.verbose_name = pgettext_lazy("field", str(field.verbose_name))
        if field.choices:
            context = _choices_of(model, field)
            field.choices = [
                (value, pgettext_lazy(context, str(words))) for value, words in field.flatchoices
            ]


def _own_fields(model: type[Model]) -> Iterator["Field[Any, Any]"]:
    """Yield the fields that Django's own base classes have not named."""
    bases = [base._meta for base in model.__mro__[1:] if hasattr(base, "_meta")]
    named = [base for base in bases if base.app_label not in our_apps()]
    inherited = {field.name for base in named for field in base.fields}
    yield from (field for field in model._meta.local_fields if field.name not in inherited)


def _choices_of(model: type[Model], field: "Field[Any, Any]") -> str:
    return f"{model._meta.model_name}.{field.name}"
