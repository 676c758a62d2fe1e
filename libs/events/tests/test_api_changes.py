"""What breaks who uses an API is told from what does not."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
import pytest
from events.api_changes import Change, changes

API = Path(__file__).parents[3] / "docs" / "api"


def described() -> dict[str, Any]:
    lead = {
        "type": "object",
        "required": ["id", "state"],
        "properties": {
            "id": {"type": "string"},
            "state": {"type": "string", "enum": ["new", "won"]},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "merged": {"type": "array", "items": {"$ref": "#/components/schemas/Lead"}},
        },
    }
    new = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}, "kind": {"type": "string", "enum": ["a", "b"]}},
    }
    answered = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Lead"}}}}
    asked = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}}
    limit = {"name": "limit", "in": "query", "schema": {"type": ["integer", "string"]}}
    return {
        "openapi": "3.1.0",
        "paths": {
            "/leads": {
                "get": {"parameters": [limit], "responses": {"200": answered}},
                "post": {"requestBody": asked, "responses": {"201": answered}},
            }
        },
        "components": {"schemas": {"Lead": lead, "New": new}},
    }


def changed(*way: str, to: Any = None) -> list[Change]:
    """What is told when the value at that place of the description is another, or is gone."""
    after: Any = deepcopy(described())
    *path, last = way
    inner = after
    for part in path:
        inner = inner[part]
    if to is None:
        del inner[last]
    else:
        inner[last] = to
    return changes(described(), after)


LEAD, NEW = (("components", "schemas", name) for name in ("Lead", "New"))
GET = ("paths", "/leads", "get")
REQUIRED = [{"name": "limit", "in": "query", "required": True, "schema": {"type": ["integer", "string"]}}]
NARROWER = [{"name": "limit", "in": "query", "schema": {"type": "integer"}}]


@pytest.mark.parametrize(
    ("way", "to", "told"),
    [
        (("paths", "/leads", "post"), None, "POST /leads is gone"),
        ((*LEAD, "properties", "note"), None, "GET /leads answered.note is gone"),
        ((*LEAD, "required"), ["id"], "GET /leads answered.state is not always there any more"),
        ((*LEAD, "properties", "id"), {"type": "integer"}, "GET /leads answered.id may be integer now"),
        ((*NEW, "properties", "kind", "enum"), ["a"], "POST /leads asked.kind is not 'b' any more"),
        ((*NEW, "properties", "kind"), None, "POST /leads asked.kind is gone"),
        ((*NEW, "required"), ["name", "kind"], "POST /leads asked.kind is required now"),
        (
            (*NEW, "properties", "name"),
            {"type": "string", "enum": ["x"]},
            "POST /leads asked.name is one of a list now",
        ),
        ((*GET, "parameters"), REQUIRED, "GET /leads query:limit is required now"),
        ((*GET, "parameters"), NARROWER, "GET /leads query:limit is not string any more"),
        ((*GET, "parameters"), [], "GET /leads query:limit is not taken any more"),
    ],
)
def test_what_breaks_is_told_with_its_place(way: tuple[str, ...], to: Any, told: str) -> None:
    assert told in {f"{change.place} {change.what}" for change in changed(*way, to=to) if change.breaks}


@pytest.mark.parametrize(
    ("way", "to"),
    [
        (("paths", "/deals"), {"get": {"responses": {}}}),
        ((*LEAD, "properties", "more"), {"type": "string"}),
        ((*LEAD, "required"), ["id", "state", "note"]),
        ((*LEAD, "properties", "state", "enum"), ["new", "won", "lost"]),
        ((*LEAD, "properties", "note"), {"type": "string"}),
        ((*NEW, "properties", "more"), {"type": "string"}),
        ((*NEW, "required"), []),
        ((*NEW, "properties", "name"), {"type": ["string", "null"]}),
        ((*LEAD, "description"), "words"),
    ],
)
def test_what_is_wider_to_ask_and_more_to_answer_breaks_nobody(way: tuple[str, ...], to: Any) -> None:
    assert [change for change in changed(*way, to=to) if change.breaks] == []


@pytest.mark.parametrize("file", sorted(API.glob("*.json")), ids=lambda file: file.name)
def test_a_description_is_no_other_than_itself_and_an_empty_one_has_lost_everything(file: Path) -> None:
    whole = orjson.loads(file.read_bytes())
    assert changes(whole, whole) == []
    nothing = {**whole, "paths": {}, "components": {**whole["components"], "messages": {}}}
    assert {change.what for change in changes(whole, nothing)} == {"is gone"}
