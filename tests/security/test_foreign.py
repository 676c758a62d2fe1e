"""Whatever names something of another line of business is answered as if it were not there, to read it and to write.

The calls are all that the services describe below the paths of the matrix, with the bodies of their examples; the
caller has every permission, and another line of business. Who may call at all is asked role by role in `test_access`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import orjson
from automation_office import DUE, Office
from deals_system import System
from events.contracts.leads import CustomerRegistered
from leads_system import KEYS, Running, running_leads
from quoting import LINES, UNTIL

from tests.security.behind import check_lists, check_reads, hiding
from tests.security.described import Call, calls
from tests.security.matrix import API, DIVIDED

NOTHING = str(UUID(int=1))
FEED = "GET /events/streams/{stream_id}"
"""Refused as a whole to who does not see everything: 403."""
READ = (
    "GET /leads/{lead_id}",
    "GET /leads/{lead_id}/fields",
    "GET /customers/{customer_id}",
    "GET /customers/{customer_id}/history",
    "GET /customers/{customer_id}/summary",
    "GET /lists/{list_id}",
    "GET /organisations/{organisation_id}",
    "GET /interactions/{interaction_id}",
    "GET /call-lists/{name}",
    "GET /call-entries/{entry_id}",
    "GET /calls/{command_id}",
    "GET /customer-matches/{match_id}",
    "GET /hand-overs/{handover_id}/items",
    "GET /imports/{import_id}",
    "GET /marketing-events/{event_id}",
    "GET /quarantined-requests/{request_id}",
    "GET /sources/{channel}/{name}",
)
"""Some of the calls: who sees the line of business gets them answered."""
LISTS = (
    "/leads",
    "/customers?phone=%2B79120000001",
    "/search?q=%2B79120000001",
    "/lists",
    "/organisations",
    "/interactions",
    "/call-lists",
    "/customer-matches",
    "/hand-overs",
    "/imports",
    "/marketing-events",
    "/quarantined-requests",
    "/sources",
)
NOT_HELD = ("call-lists", "quarantined-requests", "sources")
"""Lists of leads that stand behind the first wall alone: docs/decisions/0025."""
ASKED = {"/customers/{customer_id}/consents": {"purpose": "marketing"}}
_MATCH = """
INSERT INTO matches (id, low, high, version, status, reasons, kinds, strength, suggested_at)
VALUES ($1, least($2::uuid, $3), greatest($2::uuid, $3), 1, 'suggested', '{}', '{}', 1, now())
"""
_CALL = """
INSERT INTO call_commands (id, version, state, customer_id, manager_id, extension, intake, source, direction,
                           requested_at)
VALUES ($1, 1, 'placed', $2, 'anna', '101', 'mango', 'main', 'retail', now())
"""


async def asked(
    client: httpx2.AsyncClient, key: Mapping[str, str], service: str, ids: Mapping[str, str], sent: Mapping[str, Any]
) -> dict[str, httpx2.Response]:
    """What comes back of every call of the matrix, by its name; ``sent``: what some calls take instead of examples."""
    described = orjson.loads((API / f"{service}.openapi.json").read_bytes())
    answers: dict[str, httpx2.Response] = {}
    for call in calls(described, *DIVIDED[service]):
        with_it = sent.get(call.name, {} if call.body is None else {"json": call.body})
        where = call.filled(filling(call, ids))
        params = ASKED.get(call.path)
        answers[call.name] = await client.request(call.method, where, headers=key, params=params, **with_it)
    return answers


def filling(call: Call, ids: Mapping[str, str]) -> Mapping[str, str]:
    """The ids for this call: names are given twice, of a call list and of a source."""
    return {**ids, "name": "shop"} if call.path.startswith("/sources/") else ids


def shown(answers: Mapping[str, httpx2.Response]) -> dict[str, tuple[int, str]]:
    """Those that tell that there is something."""
    hidden = {name: 403 if name == FEED else 404 for name in answers}
    return {
        name: (answer.status_code, answer.text[:200])
        for name, answer in answers.items()
        if answer.status_code != hidden[name]
    }


def named(ids: Mapping[str, str]) -> set[str]:
    """The ids among them, but for names and that of nothing."""
    return {id_ for id_ in ids.values() if len(id_) > 30 and id_ != NOTHING}


PERSONAL = ("Аэлита", "79120000001")
"""What the person of retail is known by."""


async def of_retail(leads: Running) -> dict[str, str]:
    """Something of every kind that leads divides by lines of business: the ids."""

    async def made(path: str, id_: str, body: Any, method: str = "POST") -> str:
        answer = await leads.call(method, path, "head", json=body)
        assert answer.status_code < 300, (path, answer.text)
        return str(answer.json()[id_])

    person = {"name": "Аэлита", "phones": ["+79120000001"], "direction": "retail"}
    lead = (await leads.call("POST", "/leads", "head", json=person)).json()
    other = (await leads.call("POST", "/leads", "head", json=person | {"phones": ["+79120000002"]})).json()
    customer = lead["customer_id"]
    ids = {
        "lead_id": lead["lead_id"],
        "customer_id": customer,
        "contact_id": "a" * 32,
        "stream_id": customer,
        "name": "cold",
        "channel": "tilda",
        "match_id": str(uuid4()),
        "command_id": str(uuid4()),
    }
    await leads.pool.execute(_MATCH, UUID(ids["match_id"]), UUID(customer), UUID(other["customer_id"]))
    await leads.pool.execute(_CALL, UUID(ids["command_id"]), UUID(customer))
    await made("/managers/anna", "id", {"name": "Anna"}, "PUT")
    await made("/call-lists/cold", "version", {"title": "Cold", "direction": "retail"}, "PUT")
    await leads.call("POST", "/call-lists/cold/leads", "head", json={"lead_ids": [lead["lead_id"]]})
    entries = (await leads.call("GET", "/call-lists/cold/leads", "head")).json()["entries"]
    met = {"kind": "call", "flow": "in", "customer_id": customer, "manager_id": "anna"}
    fair = {"name": "Fair", "kind": "exhibition", "planned_from": "2026-03-02T10:00:00Z", "direction": "retail"}
    ids |= {
        "entry_id": entries[0]["entry_id"],
        "list_id": await made("/lists", "list_id", {"name": "Asleep", "direction": "retail"}),
        "organisation_id": await made("/organisations", "organisation_id", {"name": "Acme", "direction": "retail"}),
        "interaction_id": await made("/interactions", "interaction_id", met),
        "handover_id": await made("/managers/anna/hand-over", "handover_id", {"reason": "holiday"}),
        "event_id": await made("/marketing-events", "event_id", fair | {"planned_to": "2026-03-03T10:00:00Z"}),
    }
    mapping = {"row_id": "ID", "columns": {"name": "Name", "phone": "Phone"}}
    file = {"kind": "leads", "name": "old", "mapping": orjson.dumps(mapping).decode()}
    rows = {"file": ("rows.csv", "ID,Name,Phone\n1,Аэлита,\n".encode())}
    ids["import_id"] = (await leads.call("POST", "/imports", "head", data=file, files=rows)).json()["import_id"]
    await leads.client.post("/in/tilda/shop", content="Name=Аэлита&Phone=79120000001".encode())
    ids["request_id"] = str(await leads.pool.fetchval("SELECT id FROM intake WHERE channel = 'tilda'"))
    return ids


@asynccontextmanager
async def leads_of_two(dsn: str, folder: Path, **settings: Any) -> AsyncIterator[tuple[Running, dict[str, str]]]:
    async with running_leads(dsn, folder, admin_directions=["wholesale"], **settings) as leads:
        yield leads, await of_retail(leads)


async def test_nothing_of_leads_of_another_line_of_business_is_there(new_database: Any, tmp_path: Path) -> None:
    async with leads_of_two(await new_database("leads"), tmp_path) as (leads, ids):
        admin, head = ({"authorization": f"Bearer {KEYS[role]}"} for role in ("admin", "head"))
        answers = await asked(leads.client, admin, "leads", ids, {"PUT /sources/{channel}/{name}": {"json": {}}})
        assert len(answers) > 65
        assert shown(answers) == {}
        assert not any("Аэлита" in answer.text or "79120000001" in answer.text for answer in answers.values())
        for path in LISTS:
            there, hidden = [(await leads.client.get(path, headers=who)) for who in (head, admin)]
            assert (there.status_code, hidden.status_code) == (200, 200), path
            told = {id_ for id_ in named(ids) if id_ in there.text}
            assert told or path in ("/call-lists", "/sources"), path
            assert not any(id_ in hidden.text for id_ in told), path
            assert not any(name in hidden.text for name in ("cold", "shop")), path
        customer = ids["customer_id"]
        held = [path for path in LISTS if path.removeprefix("/") not in NOT_HELD]
        await check_lists(leads.client, admin, [*held, "/leads/board"], named(ids))
        await check_reads("leads", leads.client, admin, ids, {"q": "+79120000001", "phone": "+79120000001"})
        assert await hiding(leads.pool, ["wholesale"], named(ids) - {customer}) >= {
            "call_commands", "call_entries", "customers", "handovers", "imports", "interactions", "leads", "lists",
            "marketing_events", "matches", "organisations"
        }  # fmt: skip
        exported = await leads.client.get("/personal-data/export", headers=admin, params={"customer_id": customer})
        of_him = {table for table, rows in exported.json()["tables"].items() if rows}
        assert of_him >= {"customers", "leads"}, "handed over whole, whoever is asked for it"
        for name in READ:
            method, _, path = name.partition(" ")
            call = Call(method, path, None)
            assert (await leads.client.get(call.filled(filling(call, ids)), headers=head)).status_code == 200, name


async def of_the_west(system: System) -> dict[str, str]:
    """A deal of the west with a quote, an invoice with a payment on it and a document, an offer of another deal, a
    hand-over, and a notification that was not understood: their ids.
    """
    customer = system.leads.customer()
    await system.hears(customer, CustomerRegistered(customer_id=customer, direction="west"))
    deal = await system.opened(direction="west", customer_id=str(customer))
    at = f"/deals/{deal['deal_id']}"
    await system.manager.put(f"{at}/lines", LINES)
    finance, head = system.callers["finance"], system.callers["head"]
    await head.put("/opening-rules", {"rules": [{"name": "all", "action": "offer"}]})
    await system.qualified(direction="west")
    (offer,) = (await head.get("/deal-offers")).json()["offers"]
    goes = {"from_manager_id": "nobody", "to_manager_id": "boris", "reason": "dismissal"}
    await system.client.post("/in/tbank/main", content=b"{}")
    invoice = await finance.post("/invoices", {"deal_id": deal["deal_id"], "due_on": UNTIL})
    received = {"amount": "10", "currency": "RUB"}
    paid = {"method": "cash", "received": received, "number": invoice.json()["number"]}
    assert (await system.manager.post(f"{at}/notes", {"text": "Аэлита просила позвонить"})).status_code < 300
    file = {"kind": "contract", "title": "Договор: Аэлита", "deal_id": deal["deal_id"]}
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
    return {name: answer.json()[name] for name, answer in made.items()} | {
        "deal_id": deal["deal_id"],
        "customer_id": deal["customer_id"],
        "stream_id": deal["deal_id"],
        "offer_id": offer["offer_id"],
        "handover_id": (await head.post("/deal-handovers", goes)).json()["handover_id"],
        "request_id": str(await system.pool.fetchval("SELECT id FROM intake")),
        "link_id": NOTHING,
        "edit_id": NOTHING,
        "code": "a",
    }


async def test_nothing_of_deals_of_another_line_of_business_is_there(system: System) -> None:
    ids = await of_the_west(system)
    invoice, file = {"invoice_id": ids["invoice_id"]}, {"file": ("a.pdf", b"%PDF-1.4\n%%EOF\n")}
    sent: dict[str, Any] = {
        "POST /payments/{payment_id}/match": {"json": {"invoice_number": "I-000001"}},
        "POST /payments/{payment_id}/allocate": {"json": invoice},
        "POST /payments/{payment_id}/deallocate": {"json": invoice},
        "POST /invoices/{invoice_id}/cancel": {"json": {"reason": "mistake"}},
        "POST /quotes/{quote_id}/reject": {"json": {"reason": "no_need"}},
        "POST /deals/{deal_id}/work": {"json": {"template": "site"}},
        "POST /customers/{customer_id}/documents": {"data": {"kind": "contract", "title": "Договор"}, "files": file},
    }
    east, manager = (system.callers[who].headers for who in ("east_admin", "manager"))
    answers = await asked(system.client, east, "deals", ids, sent)
    assert len(answers) > 60
    # A list of what hangs on a customer tells nothing of the customer.
    assert answers.pop("GET /customers/{customer_id}/documents").json() == {"documents": [], "next": None}
    assert shown(answers) == {}
    head, finance = system.callers["head"].headers, system.callers["finance"].headers
    lists = "/deals", "/board?pipeline=default", "/quotes", "/invoices", "/payments", "/deal-offers"
    for path in lists:
        there = [(await system.client.get(path, headers=who)) for who in (head, finance)]
        assert 200 in {answer.status_code for answer in there}, path
        hidden = await system.client.get(path, headers=east)
        assert hidden.status_code == 200, path
        assert not any(id_ in hidden.text for id_ in named(ids)), path
    await check_lists(system.client, east, [*lists, "/documents"], named(ids))
    await check_reads("deals", system.client, east, ids, {})
    assert await hiding(system.pool, ["east"], named(ids)) >= {
        "deal_handovers", "deal_offers", "deals", "documents", "invoices", "payments", "quotes"
    }  # fmt: skip
    for name in ("deal", "quote", "invoice", "payment", "document", "deal_handover"):
        id_ = ids[f"{name.removeprefix('deal_')}_id"]
        seen = {
            (await system.client.get(f"/{name.replace('_', '-')}s/{id_}", headers=who)).status_code
            for who in (head, finance, manager)
        }
        assert 200 in seen, name


async def test_nothing_of_tasks_and_messages_of_another_line_of_business_is_there(office: Office) -> None:
    lead, customer = await office.captured("west")
    hook = {"url": "https://west.example/hook", "types": ["deal.won.v1"], "directions": ["west"]}
    made = await office.ask("PUT", "/webhooks/west", "admin", hook)
    assert made.status_code in (200, 201), made.text
    ids = {
        "customer_id": str(customer),
        "stream_id": str(customer),
        "task_id": await office.task(lead_id=str(lead), customer_id=str(customer), comment="Аэлита просила позвонить"),
        "message_id": str(await office.automation.pool.fetchval("SELECT message_id FROM messages")),
        "code": "west",
        "sequence": "warm",
        "delivery_id": NOTHING,
    }
    east = {"authorization": f"Bearer {office.keys['east_admin']}"}
    sent: dict[str, Any] = {
        "PUT /cadence/customers/{customer_id}": {"json": {"days": 9}},
        "POST /tasks/{task_id}/complete": {"json": {"result": "done"}},
        "POST /tasks/{task_id}/reschedule": {"json": {"due_at": DUE}},
        "POST /tasks/{task_id}/prioritise": {"json": {"priority": "high"}},
        "POST /webhooks/{code}/deliveries/resend": {"json": {"since": DUE}},
        "PUT /webhooks/{code}": {"json": hook | {"directions": ["east"]}},
    }
    answers = await asked(office.client, east, "automation", ids, sent)
    assert len(answers) > 20
    assert shown(answers) == {}
    for path in ("/tasks", "/webhooks", "/messages", "/sequences/warm/customers", "/firings"):
        there, hidden = [(await office.ask("GET", path, who)) for who in ("admin", "east_admin")]
        assert (there.status_code, hidden.status_code) == (200, 200), path
        assert str(customer) in there.text or "west" in there.text, path
        assert not any(name in hidden.text for name in (str(customer), "west")), path
    lists = "/tasks", "/messages", "/sequences/warm/customers", "/firings", "/webhooks"
    await check_lists(office.client, east, lists, {str(customer), "west"})
    await check_reads("automation", office.client, east, ids, {})
    assert await hiding(office.automation.pool, ["east"], {str(customer)}) >= {
        "enrolments", "mailing_recipients", "manager_tasks", "messages", "pending_firings", "questionnaire_answers",
        "suppressions", "webhook_endpoints"
    }  # fmt: skip
    for path in (f"/tasks/{ids['task_id']}", f"/cadence/customers/{customer}", "/webhooks/west"):
        assert (await office.ask("GET", path, "admin")).status_code == 200, path
