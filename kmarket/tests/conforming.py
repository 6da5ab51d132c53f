"""Holds every answer of the API against its document, in whatever test it is given."""

import copy
import json
import re
from functools import cache, cached_property

import jsonschema_rs
from django.conf import settings

PREFIX = "/api/v1/"


class NotAsDocumented(AssertionError):
    """An answer that docs/openapi.json doesn't know."""


class Conforms:
    """The outermost middleware of tests: what it raises fails the test that asked."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path.startswith(PREFIX) and not response.streaming:
            document().check(request.method, request.path, response)
        return response


class Document:
    """docs/openapi.json, strictly: answers have no member that it doesn't name."""

    def __init__(self, document):
        self.paths = document["paths"]
        self.components = copy.deepcopy(document["components"])
        for schema in self.components["schemas"].values():
            if "properties" in schema:
                schema.setdefault("additionalProperties", False)
        self._validators = {}

    @cached_property
    def _templates(self):
        # A path of words before one with something to fill in.
        templates = sorted(self.paths, key=lambda path: path.count("{"))
        return [(re.compile(re.sub(r"{\w+}", "[^/]+", each)), each) for each in templates]

    def check(self, method, path, response):
        """Raise NotAsDocumented unless the document says that this may be answered."""
        template = next(
            (each for pattern, each in self._templates if pattern.fullmatch(path)), None
        )
        operations = self.paths.get(template, {})
        status = response.status_code
        what = f"{method} {path} → {status} {response.content[:300]!r}"
        known = operations.get(method.lower())
        if known is None:
            self._check_undocumented(method, response, template, what)
            return
        if str(status) not in known["responses"]:
            raise NotAsDocumented(f"{what}: no such status")
        said = self._followed(known["responses"][str(status)])
        for name, header in said.get("headers", {}).items():
            if self._followed(header).get("required") and name not in response.headers:
                raise NotAsDocumented(f"{what}: no header {name}")
        self._check_body((template, method, status), said, response, what)

    def _check_undocumented(self, method, response, template, what):
        """Nothing is there: a 404; or nothing of this method: a 405, but for HEAD and OPTIONS."""
        if method in {"HEAD", "OPTIONS"} and response.status_code < 400:
            return
        # What never gets as far as a view may be refused for other reasons, too.
        expected = {404, 405} if template is None else {405, 404}
        if response.status_code not in expected | {400, 401, 413, 429, 500, 503}:
            raise NotAsDocumented(f"{what}: the document has no such endpoint")
        if method != "HEAD":
            schema = {"$ref": "#/components/schemas/Error"}
            self._validate("error", schema, response, what)

    def _check_body(self, key, said, response, what):
        content = said.get("content", {})
        media = response.headers.get("Content-Type", "").partition(";")[0]
        if not content:
            if response.content:
                raise NotAsDocumented(f"{what}: there should be no body")
        elif media not in content:
            raise NotAsDocumented(f"{what}: {media} instead of {list(content)}")
        elif media == "application/json":
            self._validate(key, content[media]["schema"], response, what)

    def _validate(self, key, schema, response, what):
        if key not in self._validators:
            whole = {"components": self.components, **schema}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole)
        try:
            self._validators[key].validate(json.loads(response.content))
        except jsonschema_rs.ValidationError as exc:
            raise NotAsDocumented(f"{what}: {exc}") from None

    def _followed(self, said):
        """Return what a reference refers to."""
        if "$ref" not in said:
            return said
        _, _, kind, name = said["$ref"].split("/")
        return self.components[kind][name]


@cache
def document():
    path = settings.BASE_DIR / "docs/openapi.json"
    return Document(json.loads(path.read_text(encoding="utf-8")))
