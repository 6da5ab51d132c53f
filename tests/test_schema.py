"""The API's document: what the code says, whole, right in itself, and served."""

import json
from decimal import Decimal

import jsonschema_rs
import pytest
import yaml
from django.conf import settings
from django.test import Client
from drf_spectacular.validation import validate_schema
from rest_framework.serializers import Serializer

from kmarket.errors import DomainError
from kmarket.management.commands.openapi import written
from kmarket.schema import openapi
from kmarket.tests.conforming import document

# What no endpoint refuses: the console and commands do.
NOT_OVER_HTTP = {
    "FINDING_RESOLVED",
    "MARKET_PINNED",
    "OWN_WITHDRAWAL",
    "SECOND_OPERATOR_NEEDED",
    "WITHDRAWAL_OVER",
}


@pytest.fixture(scope="module")
def api():
    return openapi.build()


def operations(api):
    return [each for path in api["paths"].values() for each in path.values()]


def test_the_document_is_what_the_code_says(api):
    checked_in = (settings.BASE_DIR / "docs/openapi.json").read_text(encoding="utf-8")
    assert checked_in == written(api) + "\n", "run: make schema"


def test_the_document_is_openapi(api):
    validate_schema(api)


def test_nothing_is_left_unsaid(api):
    ids = [each["operationId"] for each in operations(api)]
    assert len(ids) == len(set(ids))
    for each in operations(api):
        assert each["summary"], each
        assert {"401", "403"} <= set(each["responses"]) or {} in each.get("security", [{}]), each
        for parameter in each.get("parameters", ()):
            schema = parameter.get("schema", {"enum": ()})
            shown = {"example", "examples", "enum", "default"} & {*parameter, *schema}
            assert shown or schema["type"] == "boolean", parameter


def kinds(parent):
    return [parent, *(each for child in parent.__subclasses__() for each in kinds(child))]


def test_every_reason_is_in_the_document(api):
    reasons = {kind.reason for kind in kinds(DomainError)[1:] if "reason" in vars(kind)}
    assert reasons - set(api["components"]["examples"]) == NOT_OVER_HTTP


def shown(api):
    """Yield each schema that has an example, and the example."""
    for each in operations(api):
        bodies = [each.get("requestBody", {}), *each["responses"].values()]
        for media in (media for body in bodies for media in body.get("content", {}).values()):
            names = media.get("examples", {})
            examples = [api["components"]["examples"][name]["value"] for name in names]
            yield from ((media["schema"], each) for each in examples or [media["example"]])
    for each in api["components"]["schemas"].values():
        for member in each["properties"].values():
            yield from ((member, example) for example in member.get("examples", []))


def test_examples_are_of_the_shapes_that_they_are_of(api):
    strict = document().components
    for schema, example in shown(api):
        jsonschema_rs.Draft202012Validator({"components": strict, **schema}).validate(example)


def test_examples_of_bodies_are_accepted(api):
    shown = [kind for kind in kinds(Serializer) if "example" in vars(kind)]
    assert shown
    for kind in shown:
        example = json.loads(json.dumps(kind.example), parse_float=Decimal)
        kind(data=example).is_valid(raise_exception=True)


@pytest.mark.parametrize("name", ["", "/sockets"])
def test_a_document_is_served_in_both_forms(name):
    def get(accept):
        answer = Client().get(f"/api/v1/schema{name}", headers={"accept": accept})
        assert answer.status_code == 200
        return answer["Content-Type"], answer.content

    kind, text = get("*/*")
    assert kind == "application/json"
    assert json.loads(text)["info"]["title"] == "kmarket"
    assert get("text/html") == (kind, text)
    kind, same = get("application/yaml, application/json;q=0.5")
    assert kind == "application/yaml"
    assert yaml.safe_load(same) == json.loads(text)


def test_the_page_brings_all_that_it_loads():
    page = Client().get("/api/v1/docs")
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert "http:" not in page.text
    assert "https:" not in page.text
