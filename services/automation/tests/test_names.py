"""Rules name what there is, and what rules name is not taken away behind their backs."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from automation_service import Service, serving

TITLE = {"ru": "Новая", "en": "New"}
ENDPOINT = {"url": "https://erp.example/hook", "types": ["lead.captured.v1"]}
SEQUENCE = {"title": TITLE, "steps": [{"do": "send", "id": "hello", "template": "welcome"}]}
QUESTIONS = {"title": TITLE, "questions": [{"ask": "nps", "id": "nps", "title": TITLE}]}
TEXT = {"title": "News", "texts": {"ru": {"subject": "Новости", "body": "Здравствуйте"}}, "requires": []}
NAMING = {
    "sequence": {"do": "start_sequence", "id": "act", "sequence": "warm-up"},
    "questionnaire": {
        "do": "send_questionnaire",
        "id": "act",
        "questionnaire": "nps",
        "template": "welcome",
    },
    "endpoint": {"do": "call_webhook", "id": "act", "endpoint": "erp"},
    "template": {"do": "send_email", "id": "act", "template": "news"},
}


def rule(kind: str) -> dict[str, Any]:
    return {"title": TITLE, "trigger": "lead.captured.v1", "actions": [NAMING[kind]]}


@pytest.fixture
async def service(new_database: Any, tmp_path: Path) -> AsyncIterator[Service]:
    (tmp_path / "rules.yaml").write_text("rules: []")
    key = base64.b64encode(bytes(32)).decode()
    dsn = await new_database("automation")
    async with serving(dsn, {"ada": "admin"}, rules_file=tmp_path / "rules.yaml", webhook_key=key) as made:
        yield made


async def write_all(service: Service) -> None:
    await service.call("PUT", "/sequences/warm-up", SEQUENCE)
    await service.call("PUT", "/questionnaires/nps", QUESTIONS)
    await service.call("PUT", "/webhooks/erp", ENDPOINT, status=201)
    await service.call("PUT", "/message-templates/news", TEXT)


async def use(service: Service, kind: str) -> None:
    await service.call("PUT", f"/rules/uses-{kind}", rule(kind), status=201)
    await service.call("POST", f"/rules/uses-{kind}/enable", {})


async def test_a_rule_that_names_what_is_not_there_is_refused_with_the_place(service) -> None:
    for kind in NAMING:
        refused = await service.call("PUT", f"/rules/uses-{kind}", rule(kind), status=422)
        (fault,) = refused["errors"]
        assert fault["pointer"] == f"#/actions/0/{kind}"
        assert f"no {kind} is named {NAMING[kind][kind]}" in fault["detail"]
    await write_all(service)
    for kind in NAMING:
        await service.call("PUT", f"/rules/uses-{kind}", rule(kind), status=201)


async def test_a_rule_whose_endpoint_was_removed_meanwhile_is_not_switched_on(service) -> None:
    await write_all(service)
    await service.call("PUT", "/rules/uses-endpoint", rule("endpoint"), status=201)
    await service.call("DELETE", "/webhooks/erp", status=204)
    refused = await service.call("POST", "/rules/uses-endpoint/enable", {}, status=422)
    assert refused["errors"][0]["pointer"] == "#/actions/0/endpoint"


async def test_what_a_rule_that_is_switched_on_names_is_not_taken_away(service) -> None:
    await write_all(service)
    for kind in ("endpoint", "template"):
        await use(service, kind)
    for method, path in (("DELETE", "/webhooks/erp"), ("POST", "/message-templates/news/retire")):
        refused = await service.call(method, path, status=409)
        assert refused["code"] == "in_use"
        assert "uses-" in refused["detail"]
    for kind in ("endpoint", "template"):
        await service.call("POST", f"/rules/uses-{kind}/disable")
    await service.call("DELETE", "/webhooks/erp", status=204)
    await service.call("POST", "/message-templates/news/retire", status=204)


async def test_who_closes_a_sequence_is_told_which_rules_still_lead_into_it(service) -> None:
    await write_all(service)
    await service.call("PUT", "/sequences/warm-up/state", {"state": "open"})
    await use(service, "sequence")
    closed = await service.call("PUT", "/sequences/warm-up/state", {"state": "closed"})
    assert (closed["state"], closed["named_by"]) == ("closed", ["uses-sequence"])
    await service.call("POST", "/rules/uses-sequence/disable")
    assert (await service.call("GET", "/sequences"))["sequences"][0]["named_by"] == []
