"""The OpenAPI document, made of the URLs, the views' operations, serializers, shapes and errors.

Only what writes docs/openapi.json imports this; processes that serve hand that file out.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr
from http import HTTPStatus
from io import StringIO
from typing import Any, get_origin

from django.conf import settings
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_doc
from drf_spectacular.settings import patched_settings
from rest_framework import permissions
from rest_framework.serializers import ListField, Serializer

from kmarket.api_fields import StrictSerializer
from kmarket.errors import DomainError
from kmarket.limits import UNLIMITED
from kmarket.pages import PageQuery
from kmarket.schema import document, refusals
from kmarket.schema.operations import Operation, operation_of
from kmarket.schema.shapes import Components, Page, Schema, example_of, schema_of

JSON = "application/json"
SETTINGS = {
    "OAS_VERSION": document.VERSION_OF_OPENAPI,
    # As the list of URLs has them.
    "SORT_OPERATIONS": False,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [],
}
BEARER: list[dict[str, list[str]]] = [{"bearer": []}]


def build() -> dict[str, Any]:
    """Return the document.

    Raises:
        Incomplete: something in the code could not be described.
    """
    with patched_settings(SETTINGS), redirect_stderr(StringIO()) as warnings:
        generator = Generator()
        made = generator.get_schema(public=True)
    if GENERATOR_STATS:
        raise Incomplete(warnings.getvalue())
    bodies = made["components"].get("schemas", {})
    schema_of(refusals.Error, generator.shapes)
    if twice := bodies.keys() & generator.shapes.keys():
        raise Incomplete(f"These are names of a body and of an answer: {sorted(twice)}.")
    return {
        "openapi": document.VERSION_OF_OPENAPI,
        "info": {
            "title": "kmarket",
            "version": settings.VERSION,
            "description": document.DESCRIPTION,
        },
        "servers": [{"url": "/", "description": "The house that serves this document."}],
        "tags": [{"name": name, "description": text} for name, text in document.TAGS.items()],
        "paths": made["paths"],
        "components": {
            "schemas": dict(sorted({**bodies, **generator.shapes}.items())),
            "responses": refusals.shared(),
            "examples": dict(sorted(generator.examples.items())),
            "parameters": document.PARAMETERS,
            "headers": document.HEADERS,
            "securitySchemes": document.SECURITY_SCHEMES,
        },
    }


class Incomplete(Exception):
    """The document would lack something."""


class Endpoints(EndpointEnumerator):
    """Finds what is under the API's prefix, views that are loaded late with the others."""

    def _get_api_endpoints(self, patterns: Any, prefix: str) -> list[Any]:
        return [
            (path, regex, method, _loaded(callback))
            for path, regex, method, callback in super()._get_api_endpoints(patterns, prefix)
        ]

    def should_include_endpoint(self, path: str, callback: Any) -> bool:
        is_view: bool = super().should_include_endpoint(path, _loaded(callback))
        return is_view and path.startswith(document.PREFIX)

    def get_allowed_methods(self, callback: Any) -> list[str]:
        methods: list[str] = super().get_allowed_methods(_loaded(callback))
        return methods


class Generator(SchemaGenerator):
    """Asks `ApiSchema` of every view, whatever the settings say."""

    endpoint_inspector_cls = Endpoints

    def __init__(self) -> None:
        super().__init__()
        self.shapes = Components()
        self.examples = refusals.examples()

    def create_view(self, callback: Any, method: str, request: Any = None) -> Any:
        view = super().create_view(callback, method, request)
        schema = ApiSchema()
        schema.shapes, schema.examples = self.shapes, self.examples
        schema.refused_before = getattr(callback, "refuses", ())
        self._set_schema_to_view(view, schema)
        return view


class ApiSchema(AutoSchema):
    """One endpoint's part of the document."""

    # Those that were met so far, in the whole document.
    shapes: Components
    examples: dict[str, Schema]
    # By what stands before the view.
    refused_before: tuple[type[DomainError], ...]

    @property
    def said(self) -> Operation:
        return operation_of(self.view, self.method)

    def get_operation_id(self) -> str:
        return self.said.id

    def get_tags(self) -> list[str]:
        if "/admin/" in self.path:
            return [document.OPERATORS]
        return [document.TAG_OF[type(self.view).__module__.partition(".")[0]]]

    def get_summary(self) -> str:
        return _paragraphs(self._doc())[0].rstrip(".")

    def get_description(self) -> str:  # type: ignore[override]
        said = _paragraphs(self._doc())[1:]
        if needed := self._permissions():
            roles = " or ".join(f"`{name}`" for name in needed)
            said.append(f"For operators whose role has the permission {roles}.")
        return "\n\n".join(said)

    def get_auth(self) -> list[dict[str, list[str]]]:
        if not self.view.get_authenticators():
            return []
        return [{}, *BEARER] if self._is_public() else BEARER

    # --- What comes in ---------------------------------------------------------------------------

    def _get_parameters(self) -> list[Schema]:
        said = self.said
        return [
            *(document.path_parameter(name) for name in re.findall(r"{(\w+)}", self.path)),
            *(each for query in self._queries() for each in self._query_parameters(query)),
            *([document.parameter("IdempotencyKey")] if said.once else []),
            *([document.parameter("IfNoneMatch")] if self._is_tagged() else []),
        ]

    def _queries(self) -> list[Serializer]:
        said = self.said
        asked = [said.query, PageQuery if get_origin(said.answer) is Page else None]
        return [query() for query in asked if query is not None]

    def _query_parameters(self, query: Serializer) -> Iterator[Schema]:
        for name, field in query.fields.items():
            schema = self._map_serializer_field(field, "request")
            self._insert_field_validators(field, schema)
            parameter = {"name": name, "in": "query", "required": field.required, "schema": schema}
            if about := schema.pop("description", None):
                parameter["description"] = about
            if name in (examples := getattr(query, "example", {})):
                schema["examples"] = [examples[name]]
            if field.required:
                # Pages that try requests fill it in.
                parameter["example"] = schema.pop("examples")[0]
            yield parameter

    def _get_request_body(self, direction: Any = "request") -> Schema | None:
        body = self.said.body
        if body is None:
            return None
        component = self.resolve_serializer(body, direction)
        media: Schema = {"schema": component.ref}
        if (example := getattr(body, "example", None)) is not None:
            media["example"] = example
        return {"content": {JSON: media}, "required": True}

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Schema:
        schema: Schema = super()._map_basic_serializer(serializer, direction)
        schema.pop("description", None)
        if words := vars(type(serializer)).get("__doc__"):
            schema["description"] = _paragraphs(words)[0]
        if isinstance(serializer, StrictSerializer):
            schema["additionalProperties"] = False
        return schema

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        return type(serializer).__name__.removesuffix("Serializer") + "Body"

    def _map_serializer_field(self, field: Any, direction: Any, *how: Any) -> Any:
        shape = getattr(field, "shape", None)
        if shape is None:
            return _finished(field, super()._map_serializer_field(field, direction, *how))
        schema = schema_of(shape | None if field.allow_null else shape, self.shapes)
        meta = self._get_serializer_field_meta(field, direction)
        # The type says so.
        meta.pop("nullable", None)
        return schema | meta

    # --- What goes out ---------------------------------------------------------------------------

    def _get_response_bodies(self, direction: Any = "response") -> Schema:
        said = self.said
        good = {said.status: said.answer, **said.others}
        answers = {status: self._good(status, shape) for status, shape in good.items()}
        if self._is_tagged():
            answers[304] = {
                "description": "It is still what the tag names.",
                "headers": {"ETag": document.header("ETag")},
            }
        refused = [*said.refuses, *self.refused_before]
        answers |= refusals.of_operation(set(self._refused()), refused, self.examples)
        return {str(status): answers[status] for status in sorted(answers)}

    def _good(self, status: int, shape: Any) -> Schema:
        answer: Schema = {
            "description": HTTPStatus(status).phrase,
            "headers": {"X-Request-ID": document.header("XRequestID")},
        }
        if self._is_tagged():
            answer["headers"]["ETag"] = document.header("ETag")
        if self.said.once:
            answer["headers"]["Idempotency-Replayed"] = document.header("IdempotencyReplayed")
        if shape is not None:
            schema = schema_of(shape, self.shapes)
            example = example_of(schema, self.shapes)
            media = {"schema": schema, "example": example}
            answer["content"] = dict.fromkeys(self.said.media, media)
        return answer

    def _refused(self) -> Iterable[int]:
        """Yield the statuses that this endpoint shares with others like it."""
        said = self.said
        has_body = said.body is not None or said.once
        yield 500
        if self.path not in UNLIMITED:
            yield from (429, 503)
        if has_body or self._queries() or "{address}" in self.path:
            yield 400
        if has_body:
            yield from (413, 415)
        elif self.method != "GET":
            yield 413
        if self.view.get_authenticators():
            yield 401
            if not self._is_public():
                yield 403
        if "{" in self.path:
            yield 404

    # --- What the view is ------------------------------------------------------------------------

    def _doc(self) -> str:
        return get_doc(getattr(self.view, self.method.lower()))

    def _is_public(self) -> bool:
        return permissions.AllowAny in [type(each) for each in self.view.get_permissions()]

    def _is_tagged(self) -> bool:
        """Tell whether the answer has an ETag, and whoever names that gets a 304."""
        return self.method == "GET" and not self.said.secret

    def _permissions(self) -> list[str]:
        found = []
        for each in self.view.get_permissions():
            found += [each, *(getattr(each, side, None) for side in ("op1", "op2"))]
        return [each.permission for each in found if each and hasattr(each, "permission")]


def _loaded(callback: Any) -> Any:
    load = getattr(callback, "load", None)
    return load() if load else callback


def _finished(field: Any, schema: Schema) -> Schema:
    """Add what is lacking of a field of REST framework's own."""
    schema.pop("x-spec-enum-id", None)
    if isinstance(field, ListField) and field.max_length is not None:
        schema["maxItems"] = field.max_length
    return schema


def _paragraphs(text: str) -> list[str]:
    return [re.sub(r"\s*\n\s*", " ", part) for part in text.split("\n\n")]
