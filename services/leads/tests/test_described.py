"""The description of the API keeps the promises that all routes share; what does not is named here, with its reason."""

from collections.abc import Iterator
from typing import Any

import asyncpg
import jsonschema_rs
import orjson
import pytest
import structlog
from events.api_keys import ApiKeys
from events.app import Runtime
from events.auth import Authenticator
from events.compose import compose
from events.health import Health
from events.problems import MEDIA_TYPE
from leads.main import SERVICE
from leads_system import INDEX_KEY, MASTER_KEY

Operation = dict[str, Any]

PUTS_AND_TAKES = "puts single things on and takes them off: what others do meanwhile is not overwritten"
BY_STATE = "allowed in one state only: a second caller is told which it is in"
CHANGES_NOTHING = "changes nothing that is read by others"
MAKES = "makes a thing of its own; Idempotency-Key keeps it from being made twice"

WITHOUT_IF_MATCH = {
    "POST /sources/{channel}/{name}/history/preview": CHANGES_NOTHING,
    "POST /managers/{manager_id}/hand-over/preview": CHANGES_NOTHING,
    "POST /lists/{list_id}/members": PUTS_AND_TAKES,
    "POST /lists/{list_id}/members/remove": PUTS_AND_TAKES,
    "DELETE /lists/{list_id}/members/{customer_id}": PUTS_AND_TAKES,
    "POST /marketing-events/{event_id}/participants": PUTS_AND_TAKES,
    "POST /marketing-events/{event_id}/participants/rows": PUTS_AND_TAKES,
    "POST /call-lists/{name}/leads": PUTS_AND_TAKES,
    "POST /customers/{customer_id}/tags": PUTS_AND_TAKES,
    "POST /customers/{customer_id}/consents": "adds a word that was said at a time; none is overwritten",
    "POST /customers/{customer_id}/consents/withdraw": "adds a word that was said at a time; none is overwritten",
    "POST /customers/{customer_id}/split": "takes the named member off; who else was merged meanwhile stays",
    "POST /customers/{customer_id}/erasure": "a person is erased once, whatever stands on the card",
    "POST /imports/{import_id}/start": BY_STATE,
    "POST /imports/{import_id}/cancel": BY_STATE,
    "DELETE /import-mappings/{name}": "there or not; saved anew under its name it is another",
    "DELETE /managers/{manager_id}/absences/{absence_id}": "there or not; an absence is not edited",
    "DELETE /fields/{subject}/{code}": "retired or not; values stay",
    "DELETE /api-keys/{key_id}": "revoked or not",
    "POST /api-keys/{key_id}/rotate": "of two at once, one finds the key replaced",
    "PUT /managers/{manager_id}/phone-extensions": "the whole list of a manager, who has a handful; the last one holds",
    "POST /managers/{manager_id}/absences": MAKES,
    "POST /managers/{manager_id}/hand-over": MAKES,
    "POST /call-lists/{name}/next": "leases one entry to one caller; nobody else gets it meanwhile",
    "POST /customer-matches/{match_id}/merge": "the cards are named by the suggestion, and locked",
    "PUT /quarantined-requests/{request_id}/body": BY_STATE,
    "POST /quarantined-requests/{request_id}/replay": BY_STATE,
    "POST /quarantined-requests/{request_id}/discard": BY_STATE,
    "POST /quarantine/events/{event_id}/replay": BY_STATE,
    "POST /quarantine/events/{event_id}/discard": BY_STATE,
}
WITHOUT_KEY = {
    "POST /leads/bulk": "each item has an id of its own",
    "POST /interactions/bulk": "each item has an id of its own",
    "POST /imports": "the same file with the same mapping is the same import",
    "POST /ad-spend": "a row is known by day, channel and campaign",
    "POST /lists/preview": CHANGES_NOTHING,
    "POST /distribution-rules/try": CHANGES_NOTHING,
    "POST /organisations/lookup": CHANGES_NOTHING,
    "POST /keys/read": CHANGES_NOTHING,
    "POST /personal-data/named": CHANGES_NOTHING,
    "POST /tags/customers": PUTS_AND_TAKES,
    "POST /customers/undo-merges": "what is undone is not undone again",
    "POST /operations/log/repair": "a log that is open is refused",
    "POST /operations/consumers/rewind": "who does not stand beyond is left as he is",
    "POST /operations/relay/refill": "published twice, it is skipped by position",
    "POST /keyring/rotate": "what is wrapped by the key in force is left as it is",
    "POST /keyring/index-key/replacement": "asked twice, the next key is wanted once; past the last it is refused",
    "POST /quarantined-requests/replay": "what was replayed has left",
    "POST /quarantine/events/replay": "what was applied has left",
    "POST /api-keys/{key_id}/rotate": "the key is shown once and kept as a hash; revoke the first",
    "POST /api-keys": "the key is shown once and kept as a hash, so it cannot be answered twice; revoke the first",
}
BOUNDED = "at most a few hundred, set by people"
NOT_PAGED = {
    "GET /channels": "those of the release",
    "GET /lists/fields": "those of the release, and custom fields",
    "GET /import-mappings": BOUNDED,
    "GET /managers": "the first thousand",
    "GET /managers/presence": "all who get leads",
    "GET /managers/{manager_id}/history": "changes of one manager's set-up",
    "GET /managers/{manager_id}/absences": "the latest five hundred",
    "GET /managers/{manager_id}/phone-extensions": BOUNDED,
    "GET /leads/board": "one entry for each column",
    "GET /customers": "cards of one phone, e-mail or id",
    "GET /tags": "the most used",
    "GET /fields": BOUNDED,
    "GET /api-keys": BOUNDED,
    "GET /operations/checks": "those of the release",
    **{
        f"GET {path}/versions": "versions of a setting"
        for path in (
            *("/distribution-rules", "/disqualification-reasons", "/return-reasons", "/lead-categories"),
            *("/qualification-checklist", "/calendars/{name}", "/call-lists/{name}"),
        )
    },
}


@pytest.fixture
async def described() -> dict[str, Any]:
    """What the service says of itself, which was never started."""
    settings = SERVICE.settings.model_validate(
        {"database_url": "postgresql://nobody@nowhere/none", "master_key": MASTER_KEY, "index_key": INDEX_KEY}
    )
    pool = asyncpg.create_pool(settings.database_url.get_secret_value(), min_size=0)
    keys = ApiKeys(pool)
    runtime = Runtime("leads", settings, pool, structlog.get_logger(), Authenticator(keys), keys)
    edge, _ = compose(SERVICE, runtime, Health(pool, SERVICE.migrations))
    made: dict[str, Any] = orjson.loads((await edge.pages["/openapi.json"]()).body)
    return made


def operations(described: dict[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def parameters(operation: Operation) -> set[str]:
    return {parameter.get("name", "").lower() for parameter in operation.get("parameters", [])}


def resolved(schema: Any, described: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema  # type: ignore[no-any-return]


async def test_whatever_changes_a_resource_takes_if_match(described: dict[str, Any]) -> None:
    lacking = {
        name
        for name, operation in operations(described)
        if (name.startswith(("PUT", "PATCH", "DELETE")) or (name.startswith("POST") and "{" in name))
        and "if-match" not in parameters(operation)
    }
    assert lacking == WITHOUT_IF_MATCH.keys()


async def test_whatever_makes_a_thing_takes_an_idempotency_key(described: dict[str, Any]) -> None:
    lacking = {
        name
        for name, operation in operations(described)
        if name.startswith("POST")
        and ("{" not in name or "201" in operation["responses"])
        and "idempotency-key" not in parameters(operation)
    }
    assert lacking == WITHOUT_KEY.keys()


async def test_every_list_is_paged_by_a_cursor(described: dict[str, Any]) -> None:
    unpaged = set()
    for name, operation in operations(described):
        answer = operation["responses"].get("200", {}).get("content", {}).get("application/json")
        if not name.startswith("GET") or answer is None:
            continue
        schema = resolved(answer["schema"], described)
        if "next" in schema.get("properties", {}):
            assert {"cursor", "limit"} <= parameters(operation), name
        elif schema.get("type") == "array":
            unpaged.add(name)
    assert unpaged == NOT_PAGED.keys()


async def test_every_route_says_its_permission_its_problems_and_what_it_is_for(described: dict[str, Any]) -> None:
    for name, operation in operations(described):
        assert operation["summary"], name
        assert "Needs the permission" in operation["description"], name
        assert operation["security"], name
        for status, answer in operation["responses"].items():
            if status.startswith(("4", "5")):
                assert MEDIA_TYPE in answer["content"], (name, status)
        assert {"401", "403"} <= operation["responses"].keys(), name


async def test_every_body_has_an_example_that_is_valid(described: dict[str, Any]) -> None:
    wrong = []
    for name, operation in operations(described):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body is None:
            continue
        examples = [body["example"]] if "example" in body else list(examples_of(body["schema"], described))
        schema = {**body["schema"], "components": described["components"]}
        faults = [str(e.message) for one in examples for e in jsonschema_rs.validator_for(schema).iter_errors(one)]
        if faults or not examples:
            wrong.append((name, faults))
    assert wrong == []


def examples_of(schema: Any, described: dict[str, Any]) -> Iterator[Any]:
    """Those of the model, or one made of the examples of its required fields."""
    model = resolved(schema, described)
    if "examples" in model:
        yield from model["examples"]
        return
    fields = model.get("properties", {})
    required = {name: fields[name].get("examples", []) for name in model.get("required", [])}
    if required and all(required.values()):
        yield {name: found[0] for name, found in required.items()}


async def test_no_example_is_left_of_a_call_that_is_gone(described: dict[str, Any]) -> None:
    assert SERVICE.examples is not None
    shown = {name for name, operation in operations(described) if "example" in str(operation.get("requestBody"))}
    named = {line.split(":")[0] for line in SERVICE.examples.read_text().splitlines() if line[:1].isupper()}
    assert named <= shown
