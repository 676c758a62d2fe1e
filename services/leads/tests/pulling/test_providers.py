"""Leads are fetched from providers: by the id that a notice names, and by looking for what no notice told."""

import asyncio
import hmac
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

import orjson
import pytest
from leads_system import Running
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

FORM = {"content-type": "application/x-www-form-urlencoded"}


def lead(number: int, at: int) -> dict[str, Any]:
    return {
        "id": str(number),
        "created_time": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "field_data": [{"name": "phone_number", "values": [f"+791234500{number:02d}"]}],
    }


class Graph:
    """The parts of the Graph API that leads are fetched by, with its paging and its errors."""

    def __init__(self, server: HTTPServer) -> None:
        self.token = "page-token"
        self.leads: dict[int, dict[str, Any]] = {}
        self.asked: list[dict[str, str]] = []
        server.expect_request("/v23.0/77/leads").respond_with_handler(self._list)
        for number in range(1, 40):
            server.expect_request(f"/v23.0/{number}").respond_with_handler(self._one)

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("Authorization") == f"Bearer {self.token}":
            return None
        return Response(orjson.dumps({"error": {"message": "secret words", "code": 190}}), 401)

    def _one(self, request: Request) -> Response:
        number = int(request.path.rsplit("/", 1)[1])
        return self._refused(request) or Response(orjson.dumps(self.leads[number]))

    def _list(self, request: Request) -> Response:
        self.asked.append(dict(request.args))
        since = orjson.loads(request.args["filtering"])[0]["value"]
        made = {n: datetime.fromisoformat(one["created_time"]).timestamp() for n, one in self.leads.items()}
        found = [self.leads[n] for n in sorted(made, reverse=True) if made[n] > since]
        start = int(request.args.get("after", "0"))
        page: dict[str, Any] = {"data": found[start : start + 2]}
        if start + 2 < len(found):
            page["paging"] = {"cursors": {"after": str(start + 2)}, "next": "https://graph.facebook.com/…"}
        return self._refused(request) or Response(orjson.dumps(page))


@pytest.fixture
def graph(httpserver: HTTPServer) -> Graph:
    return Graph(httpserver)


async def set_up_meta(leads: Running, server: HTTPServer, **options: Any) -> None:
    given = {"verify_token": "vt", "access_token": "page-token", "api_url": server.url_for("")[:-1]}
    body = {"secrets": ["app-secret"], "options": {**given, **options}}
    made = await leads.call("PUT", "/sources/meta/main", json=body)
    assert made.status_code == 200, made.text


async def notify(leads: Running, *numbers: int) -> None:
    changes = [{"field": "leadgen", "value": {"leadgen_id": str(n), "created_time": 1777636683}} for n in numbers]
    body = orjson.dumps({"object": "page", "entry": [{"id": "1", "changes": changes}]})
    signature = "sha256=" + hmac.digest(b"app-secret", body, "sha256").hex()
    answer = await leads.client.post("/in/meta/main", content=body, headers={"x-hub-signature-256": signature})
    assert answer.status_code == 200


async def test_a_lead_is_fetched_by_the_id_of_its_notice(
    leads: Running, httpserver: HTTPServer, graph: Graph, captured: Any
) -> None:
    graph.leads = {n: lead(n, 1777636683) for n in (1, 2)}
    await set_up_meta(leads, httpserver)

    await notify(leads, 1, 2)
    await notify(leads, 1)

    assert await captured(2) == 2
    rows = await leads.pool.fetch("SELECT body, url, state FROM intake WHERE method = 'PULL'")
    assert {row["body"] for row in rows} == {orjson.dumps(one) for one in graph.leads.values()}, "byte for byte"
    assert not [row for row in rows if "token" in row["url"]]


async def test_what_cannot_be_fetched_waits_in_quarantine_until_the_token_is_good(
    leads: Running, httpserver: HTTPServer, graph: Graph, captured: Any
) -> None:
    graph.leads, graph.token = {1: lead(1, 1777636683)}, "renewed-token"
    await set_up_meta(leads, httpserver)
    await notify(leads, 1)
    listed: list[Any] = []
    while not listed:
        listed = (await leads.call("GET", "/quarantined-requests")).json()["requests"]
    assert listed[0]["reason"] == "could not be fetched: localhost answered 401, code 190"
    assert await leads.pool.fetchval("SELECT count(*) FROM tasks") == 0, "a replay finds no old task in its way"

    await set_up_meta(leads, httpserver, access_token="renewed-token")
    await leads.call("POST", f"/quarantined-requests/{listed[0]['id']}/replay")

    assert await captured(1) == 1


async def test_a_look_finds_what_no_notice_told_and_goes_on_a_little_before_the_last_lead_seen(
    leads: Running, httpserver: HTTPServer, graph: Graph, captured: Any, looked: Any
) -> None:
    now = int(datetime.now(UTC).timestamp())
    graph.leads = {n: lead(n, now - 10_000 + n) for n in range(1, 6)}
    await set_up_meta(leads, httpserver, forms=["77"], backfill_days=1)
    assert await captured(5) == 5
    assert len(graph.asked) == 3, "pages are followed"

    graph.leads |= {6: lead(6, now - 10_500)}
    await looked("meta")

    assert await captured(6) == 6, "a lead that appears late lies within the overlap"
    since = orjson.loads(graph.asked[-1]["filtering"])[0]["value"]
    assert since == now - 10_000 + 5 - 3600


async def test_vk_pages_are_followed_and_its_errors_told_by_their_code(
    leads: Running, httpserver: HTTPServer, captured: Any, looked: Any
) -> None:
    answers = {"first_name": "Анна"}

    def get_leads(request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs(request.get_data(as_text=True)).items()}
        if form["access_token"] != "vk-token":
            return Response(orjson.dumps({"error": {"error_code": 5, "error_msg": "secret words"}}))
        page = int(form.get("next_page_token", "0"))
        found = {"lead_id": page + 1, "user_id": 100 + page, "date": 1777636683, "answers": []}
        found["answers"] = [{"key": key, "answer": {"value": value}} for key, value in answers.items()]
        following = {"next_page_token": str(page + 1)} if page < 2 else {}
        return Response(orjson.dumps({"response": {"leads": [found], **following}}))

    httpserver.expect_request("/method/leadForms.getLeads", method="POST").respond_with_handler(get_leads)
    options = {"confirmation": "c", "group_id": "9", "forms": ["7"], "api_url": httpserver.url_for("")[:-1]}
    await leads.call("PUT", "/sources/vk/main", json={"options": {**options, "access_token": "vk-token"}})
    assert await captured(3) == 3

    await leads.call("PUT", "/sources/vk/main", json={"options": {**options, "access_token": "old-token"}})
    assert (await looked("vk"))["last_error"] == "VK answered error 5"


async def test_calls_of_avito_are_fetched_with_a_token_and_once(
    leads: Running, httpserver: HTTPServer, captured: Any, looked: Any
) -> None:
    httpserver.expect_request("/token", method="POST").respond_with_json({"access_token": "t", "expires_in": 86400})
    calls = [{"callId": n, "buyerPhone": f"7912345670{n}", "callTime": "2026-05-01T11:40:00Z"} for n in (1, 2)]
    listing = httpserver.expect_request(
        "/calltracking/v1/getCalls/", method="POST", headers={"Authorization": "Bearer t"}
    )
    listing.respond_with_json({"calls": calls, "error": None})
    options = {"client_id": "id", "client_secret": "hidden", "api_url": httpserver.url_for("")[:-1]}
    await leads.call("PUT", "/sources/avito/main", json={"options": options})

    assert await captured(2) == 2
    await looked("avito")
    assert await leads.pool.fetchval("SELECT count(*) FROM intake") == 2


async def test_a_lead_of_amocrm_is_fetched_with_its_contact_and_the_history_finds_the_same_card(
    leads: Running, httpserver: HTTPServer, captured: Any
) -> None:
    phones = [{"field_code": "PHONE", "values": [{"value": "+79123456789"}]}]
    contact = {"id": 3, "name": "Анна", "created_at": 1577836800, "updated_at": 1, "custom_fields_values": phones}
    deals = [
        {
            "id": n,
            "name": f"Кухня {n}",
            "created_at": 1577840400,
            "updated_at": 1,
            "_embedded": {"contacts": [{"id": 3}]},
        }
        for n in (42, 43)
    ]
    token = {"Authorization": "Bearer amo-token"}
    for path, answer in (("leads/42", deals[0]), ("contacts/3", contact)):
        httpserver.expect_request(f"/api/v4/{path}", headers=token).respond_with_json(answer)
    for kind, found in (("companies", []), ("contacts", [contact]), ("leads", deals)):
        httpserver.expect_request(f"/api/v4/{kind}", headers=token).respond_with_json({"_embedded": {kind: found}})
    options = {"account_url": httpserver.url_for("")[:-1], "access_token": "amo-token"}
    await leads.call("PUT", "/sources/amocrm/main", json={"secrets": ["amo-secret"], "options": options})

    hook = urlencode({"leads[add][0][id]": "42", "account[subdomain]": "company"}).encode()
    assert (await leads.client.post("/in/amocrm/main/amo-secret", content=hook, headers=FORM)).status_code == 200
    assert await captured(1) == 1
    await leads.call("PUT", "/sources/amocrm/main", json={"options": {**options, "history": True}})

    assert await captured(3) == 3
    assert await leads.pool.fetchval("SELECT count(*) FROM customers") == 1
    assert str(await leads.pool.fetchval("SELECT min(captured_at) FROM leads")).startswith("2020-01-01")


async def test_bitrix24_is_fetched_by_its_events_and_its_history_by_id(
    leads: Running, httpserver: HTTPServer, captured: Any, looked: Any
) -> None:
    def things(kind: str, ids: range) -> list[dict[str, Any]]:
        return [
            {
                "ID": str(n),
                "NAME": f"{kind} {n}",
                "DATE_CREATE": "2020-01-01T12:00:00+03:00",
                "DATE_MODIFY": "x",
                "PHONE": [{"VALUE": f"+7912345{n:04d}"}],
            }
            for n in ids
        ]

    stock = {
        "lead": things("lead", range(1, 61)),
        "contact": things("contact", range(1, 2)),
        "company": [],
        "activity": [],
    }

    def answer(request: Request) -> Response:
        kind, what = request.path.split("crm.")[1].removesuffix(".json").split(".")
        asked = orjson.loads(request.get_data())
        if what == "get":
            return Response(orjson.dumps({"result": stock[kind][int(asked["id"]) - 1]}))
        found = [thing for thing in stock[kind] if int(thing["ID"]) > asked["filter"][">ID"]]
        return Response(orjson.dumps({"result": found[:50]}))

    for path in ("lead.get", "contact.get", "lead.list", "contact.list", "company.list", "activity.list"):
        httpserver.expect_request(f"/rest/1/code/crm.{path}.json", method="POST").respond_with_handler(answer)
    options = {"webhook_url": httpserver.url_for("/rest/1/code")}
    await leads.call("PUT", "/sources/bitrix24/main", json={"secrets": ["app-token-1"], "options": options})
    event = {"event": "ONCRMLEADADD", "data[FIELDS][ID]": "5", "auth[application_token]": "app-token-1"}
    await leads.client.post("/in/bitrix24/main", content=urlencode(event).encode(), headers=FORM)
    assert await captured(1) == 1

    await leads.call("PUT", "/sources/bitrix24/main", json={"options": {"history": True}})
    assert await captured(61) == 61
    async with asyncio.timeout(60):  # until the look has ended, with its last list
        while not await leads.pool.fetchval("SELECT last_success_at FROM source_pulls WHERE channel = 'bitrix24'"):
            await asyncio.sleep(0.05)
    stock["lead"] += things("lead", range(61, 62))
    await looked("bitrix24")

    assert await captured(62) == 62
    assert "code" not in str(await leads.pool.fetch("SELECT url FROM intake WHERE method = 'PULL'"))


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("https://169.254.169.254/rest/1/x", "169.254.169.254 leads into a private network"),
        ("https://[::ffff:127.0.0.1]/rest/1/x", "leads into a private network"),
        ("http://example.com/rest/1/x", "example.com: only https"),
    ],
)
async def test_no_address_of_a_source_leads_into_the_private_network(
    run: Any, leads: Running, looked: Any, address: str, reason: str
) -> None:
    await leads.call("PUT", "/sources/bitrix24/main", json={"options": {"webhook_url": address, "history": True}})

    assert reason in (await looked("bitrix24"))["last_error"]
