"""The documentation a service serves: its own assets only, a strict policy, and documents that are valid."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from events import asyncapi
from events.event import REGISTRY
from serving import Serve

# From https://github.com/asyncapi/spec-json-schemas (Apache-2.0), version 3.0.0 without ids.
ASYNCAPI = Path(__file__).parent / "asyncapi-3.0.0.schema.json"
PAGES = ("/docs", "/asyncapi", "/problems", "/problems/invalid")


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_needs_nothing_from_outside_and_no_inline_script(serve: Serve, path: str) -> None:
    serving = await serve(name="leads")
    answer = await serving.nobody.get(path)
    assert answer.headers["content-type"].startswith("text/html")
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", answer.text)
    assert not re.findall(r"<script(?![^>]*\ssrc=)", answer.text)
    assert not re.findall(r"\son\w+=", answer.text)
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none';" in policy
    assert "unsafe-eval" not in policy


@pytest.mark.parametrize("path", PAGES)
async def test_everything_a_page_links_to_is_there(serve: Serve, path: str) -> None:
    serving = await serve(name="leads")
    page = await serving.nobody.get(path)
    links = {link for link in re.findall(r'(?:src|href)="([^"]+)"', page.text) if not link.startswith(("data:", "#"))}
    assert links
    for link in links:
        found = await serving.nobody.get(str(page.url.join(link)))
        assert found.status_code == 200, link
    for anchor in re.findall(r'href="#([^"]+)"', page.text):
        assert f'id="{anchor}"' in page.text, anchor


async def test_the_page_of_the_api_starts_swagger_ui_on_this_services_description(serve: Serve) -> None:
    serving = await serve()
    script = await serving.nobody.get("/docs/start-docs.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert 'url: "openapi.json"' in script.text
    bundle = await serving.nobody.get("/docs/swagger-ui-bundle.js")
    assert "SwaggerUIBundle" in bundle.text


async def test_documentation_can_be_switched_off_and_problems_stay_explained(serve: Serve) -> None:
    serving = await serve(settings={"docs": False})
    for path in ("/docs", "/openapi.json", "/asyncapi", "/asyncapi.json"):
        assert (await serving.nobody.get(path)).status_code == 404
    assert (await serving.nobody.get("/problems/invalid")).status_code == 200


@pytest.mark.parametrize("service", ["leads", "deals", "automation", "analytics"])
async def test_the_events_are_a_valid_asyncapi_document(serve: Serve, service: str) -> None:
    others = tuple({"leads", "deals", "automation"} - {service})
    serving = await serve(name=service, subscribes=others)
    document = (await serving.nobody.get("/asyncapi.json")).json()
    schema = jsonschema_rs.validator_for(json.loads(ASYNCAPI.read_text()))
    assert [f"{fault.instance_path}: {fault.message}" for fault in schema.iter_errors(document)] == []
    for reference in set(re.findall(r'"\$ref":\s*"([^"]+)"', json.dumps(document))):
        assert resolve(document, reference) is not None, reference


def resolve(document: Any, reference: str) -> Any:
    for step in reference.removeprefix("#/").split("/"):
        document = document.get(step)
        if document is None:
            return None
    return document


def test_every_contract_of_a_service_is_in_its_document_and_no_other() -> None:
    document = asyncapi.document("deals", "Deals", "1", "kafka:9092")
    owned = {type_ for type_, event in REGISTRY.items() if event.owner() == "deals"}
    assert owned
    assert set(document["components"]["messages"]) == set(document["channels"]["deals"]["messages"]) == owned
    assert document["operations"]["send-deals"]["action"] == "send"


def test_what_is_taken_from_others_is_received() -> None:
    document = asyncapi.document("analytics", "Analytics", "1", "kafka:9092", ("leads", "deals"))
    actions = {name: operation["action"] for name, operation in document["operations"].items()}
    assert actions == {"send-analytics": "send", "receive-leads": "receive", "receive-deals": "receive"}
    assert set(document["channels"]) == {"analytics", "leads", "deals"}


def test_the_page_tells_every_event_and_marks_what_is_sealed() -> None:
    document = asyncapi.document("leads", "Leads <1>", "1", "kafka:9092")
    page = asyncapi.html(document)
    for type_ in document["components"]["messages"]:
        assert type_ in page
    assert "sealed text" in page
    assert "Leads &lt;1&gt;" in page
