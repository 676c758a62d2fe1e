"""Whatever names a lead, a customer or a deal of another line of business is answered as if it were not there, for
reading and for writing. The calls are those that the services describe, with the bodies of their examples.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import orjson
from deals_system import System
from leads_system import running_leads
from quoting import LINES, UNTIL

METHODS = ("get", "put", "post", "patch", "delete")
SERVICE_ONLY = "keyring:read"
OTHERS = {"list_id": str(UUID(int=1)), "organisation_id": str(UUID(int=1)), "contact_id": "a" * 32}
READ = (
    "GET /leads/{lead_id}",
    "GET /leads/{lead_id}/fields",
    "GET /customers/{customer_id}",
    "GET /customers/{customer_id}/history",
    "GET /customers/{customer_id}/summary",
)
"""Some of the calls: who sees the line of business gets them answered."""
WORDS = {
    "value": {"amount": "1.00", "currency": "RUB"},
    "on": "2026-03-31",
    "due_on": "2026-03-31",
    "organisation_id": None,
    "valid_until": "2026-03-31",
}
"""What fields take that have no example."""
LISTED = {"/board": {"pipeline": "default"}}
ASKED = {"/customers/{customer_id}/consents": {"purpose": "marketing"}}


def resolved(schema: Any, described: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return dict(schema)


def example(operation: dict[str, Any], described: dict[str, Any]) -> Any:
    """A body that the call takes, None where it takes none."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is None:
        return None
    if "example" in body:
        return body["example"]
    model = resolved(body["schema"], described)
    if "examples" in model:
        return model["examples"][0]
    fields = model.get("properties", {})
    return {name: fields[name].get("examples", [WORDS.get(name, "x")])[0] for name in model.get("required", [])}


def about(described: dict[str, Any], names: set[str]) -> Iterator[tuple[str, str, Any]]:
    """Calls whose address names one of these."""
    for path, operations in described["paths"].items():
        if any(f"{{{name}}}" in path for name in names):
            for method in METHODS:
                if method in operations and SERVICE_ONLY not in operations[method].get("description", ""):
                    yield method.upper(), path, example(operations[method], described)


def filled(path: str, ids: dict[str, str]) -> str:
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", value)
    return path.replace("{", "").replace("}", "")


async def test_nothing_of_a_lead_or_customer_of_another_line_of_business_is_there(
    new_database: Any, tmp_path: Path
) -> None:
    async with running_leads(await new_database("leads"), tmp_path, admin_directions=["wholesale"]) as leads:
        wanted = {"name": "Анна", "phones": ["+79120000001"], "direction": "retail"}
        made = (await leads.call("POST", "/leads", "head", json=wanted)).json()
        ids = {"lead_id": made["lead_id"], "customer_id": made["customer_id"]}
        described = orjson.loads((await leads.client.get("/openapi.json")).content)
        calls = list(about(described, set(ids)))
        answers: dict[str, httpx2.Response] = {}
        for method, path, body in calls:
            where = filled(path, ids | OTHERS)
            sent = {"json": body} if body is not None else {}
            answers[f"{method} {path}"] = await leads.call(method, where, "admin", params=ASKED.get(path), **sent)
        shown = {call: answer.status_code for call, answer in answers.items() if answer.status_code != 404}
        assert len(calls) > 25
        assert shown == {}
        seen = {call: (await leads.call("GET", filled(call[4:], ids), "head")).status_code for call in READ}
        assert set(seen.values()) == {200}, seen
        assert not any("Анна" in answer.text or "79120000001" in answer.text for answer in answers.values())


async def test_nothing_of_a_deal_of_another_line_of_business_is_there(system: System) -> None:
    deal = await system.opened(direction="west")
    ids = {"deal_id": deal["deal_id"], "customer_id": deal["customer_id"], "edit_id": str(UUID(int=1)), "code": "a"}
    described = (await system.client.get("/openapi.json")).json()
    calls = list(about(described, {"deal_id"}))
    bodies = {"/deals/{deal_id}/work": {"template": "site"}}
    east, manager = (system.callers[who].headers for who in ("east", "manager"))
    shown = {}
    for method, path, body in calls:
        answer = await system.client.request(method, filled(path, ids), json=bodies.get(path, body), headers=east)
        if answer.status_code not in (403, 404):
            shown[f"{method} {path}"] = answer.status_code
    assert len(calls) > 20
    assert shown == {}
    for path in ("/deals/{deal_id}", "/deals/{deal_id}/history", "/deals/{deal_id}/lines"):
        assert (await system.client.get(filled(path, ids), headers=manager)).status_code == 200
    for path in ("/deals", "/board"):
        asked = await system.client.get(path, params=LISTED.get(path), headers=east)
        assert deal["deal_id"] not in asked.text


async def papers(system: System) -> dict[str, str]:
    """A deal of the west with a quote, an invoice with a payment on it, and a document: their ids."""
    deal = await system.opened(direction="west")
    at = f"/deals/{deal['deal_id']}"
    await system.manager.put(f"{at}/lines", LINES)
    finance = system.callers["finance"]
    invoice = await finance.post("/invoices", {"deal_id": deal["deal_id"], "due_on": UNTIL})
    received = {"amount": "10", "currency": "RUB"}
    paid = {"method": "cash", "received": received, "number": invoice.json()["number"]}
    file = {"kind": "contract", "title": "Договор", "deal_id": deal["deal_id"]}
    uploaded = await system.client.post(
        f"/customers/{deal['customer_id']}/documents",
        data=file,
        files={"file": ("contract.pdf", b"%PDF-1.4\n%%EOF\n")},
        headers=system.manager.headers,
    )
    made = {
        "quote_id": await system.manager.post(f"{at}/quotes", {"valid_until": UNTIL}),
        "invoice_id": invoice,
        "payment_id": await finance.post("/payments", paid),
        "document_id": uploaded,
    }
    assert {name: answer.status_code for name, answer in made.items()} == dict.fromkeys(made, 201)
    return {name: answer.json()[name] for name, answer in made.items()}


async def test_no_paper_of_a_deal_of_another_line_of_business_is_there(system: System) -> None:
    ids = await papers(system)
    described = (await system.client.get("/openapi.json")).json()
    calls = list(about(described, set(ids)))
    invoice = {"invoice_id": ids["invoice_id"]}
    bodies: dict[str, Any] = {
        "/payments/{payment_id}/match": {"invoice_number": "I-000001"},
        "/payments/{payment_id}/allocate": invoice,
        "/payments/{payment_id}/deallocate": invoice,
        "/invoices/{invoice_id}/cancel": {"reason": "mistake"},
        "/quotes/{quote_id}/reject": {"reason": "no_need"},
    }
    east = system.callers["east_office"].headers
    shown = {}
    for method, path, body in calls:
        where = filled(path, ids | {"link_id": str(UUID(int=1))})
        answer = await system.client.request(method, where, json=bodies.get(path, body), headers=east)
        if answer.status_code != 404:
            shown[f"{method} {path}"] = answer.status_code
    assert len(calls) > 15
    assert shown == {}
    head, finance = system.callers["head"].headers, system.callers["finance"].headers
    for name, id_ in ids.items():
        path = f"/{name.removesuffix('_id')}s"
        seen = {(await system.client.get(f"{path}/{id_}", headers=who)).status_code for who in (head, finance)}
        assert 200 in seen, name
        for listing in (path, "/customers"):
            assert id_ not in (await system.client.get(listing, headers=east)).text
