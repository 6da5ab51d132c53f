"""From type hints to JSON Schema."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pytest

from kmarket.schema.shapes import Components, Page, Says, eg, example_of, name_of, one_of, schema_of

Points = Annotated[int, "Of a side.", Says(minimum=0), eg(3)]


class SideAnswer(TypedDict):
    """One side."""

    name: Annotated[str, eg("Lakers")]
    points: Points | None


class MatchAnswer(TypedDict):
    sides: list[SideAnswer]
    state: Annotated[str | None, one_of(["on", "over"])]
    live: NotRequired[bool]


class Side(TypedDict):
    name: str


class Endless(TypedDict):
    inner: "Endless | None"


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        (str, {"type": "string"}),
        (Any, {}),
        (int | None, {"type": ["integer", "null"]}),
        (int | str, {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
        (int | str | None, {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]}),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Literal["a"] | None, {"type": ["string", "null"], "enum": ["a", None]}),
        (list[bool], {"type": "array", "items": {"type": "boolean"}}),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (Points, {"type": "integer", "description": "Of a side.", "minimum": 0, "examples": [3]}),
        (
            Annotated[Points, "Of both."],
            {"type": "integer", "description": "Of both.", "minimum": 0, "examples": [3]},
        ),
    ],
)
def test_a_hint_is_a_schema(hint, schema):
    assert schema_of(hint, Components()) == schema


def test_shapes_are_components():
    components = Components()
    assert schema_of(Page[MatchAnswer], components) == {"$ref": "#/components/schemas/MatchPage"}
    assert components["Match"] == {
        "type": "object",
        "properties": {
            "sides": {"type": "array", "items": {"$ref": "#/components/schemas/Side"}},
            "state": {"type": ["string", "null"], "enum": ["on", "over", None]},
            "live": {"type": "boolean"},
        },
        "required": ["sides", "state"],
    }
    assert components["Side"]["description"] == "One side."
    assert components["MatchPage"]["properties"]["items"] == {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Match"},
    }


def test_a_shape_may_hold_itself():
    components = Components()
    schema_of(Endless, components)
    inner = components["Endless"]["properties"]["inner"]
    assert inner == {"anyOf": [{"$ref": "#/components/schemas/Endless"}, {"type": "null"}]}


def test_examples_add_up():
    components = Components()
    schema = schema_of(MatchAnswer, components)
    side = {"name": "Lakers", "points": 3}
    assert example_of(schema, components) == {"sides": [side], "state": "on", "live": False}


def test_two_shapes_of_one_name_are_refused():
    components = Components()
    schema_of(SideAnswer, components)
    assert name_of(Side) == name_of(SideAnswer)
    with pytest.raises(TypeError, match="both called Side"):
        schema_of(Side, components)


def test_what_json_does_not_have_is_refused():
    with pytest.raises(TypeError, match="says nothing that JSON has"):
        schema_of(bytes, Components())
