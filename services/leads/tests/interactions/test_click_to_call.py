"""Click-to-call: what the exchange is sent, byte for byte, and what becomes of the command."""

import asyncio
import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import pytest
from events.blind_index import BlindIndex
from events.outgoing import Outgoing, Refused, Trouble
from events.privacy import Keyring, MasterKey
from events.store import Store
from events.tasks import Worker
from events.webhooks import Source
from leads.interactions.dialing import KIND, Dialing
from leads.interactions.exchanges import EXCHANGES, Wanted
from leads_system import INDEX_KEY, MASTER_KEY, Running
from mango_exchange import summary, tell
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

Run = Any

COMMAND = UUID("2f0c1a4e-93f4-5a3c-9d57-0d4a1f6f3b11")
WANTED = Wanted(COMMAND, "101", "+79123456789", "https://crm.example/in/twilio/main")


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer() as made:
        yield made


@pytest.fixture
async def outgoing() -> Any:
    made = Outgoing(frozenset(["localhost", "127.0.0.1"]))
    yield made
    await made.close()


def source(channel: str, *secrets: str, **options: str) -> Source:
    return Source(channel, "main", secrets, options=options)


def mango_answers(server: HTTPServer, result: int = 1000) -> list[dict[str, Any]]:
    """The exchange checks the signature as Mango Office does, and keeps the commands."""
    taken: list[dict[str, Any]] = []

    def callback(request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs(request.get_data(as_text=True)).items()}
        signed = sha256(f"exchange-key{form['json']}salt".encode()).hexdigest()
        if (form["vpbx_api_key"], form["sign"]) != ("exchange-key", signed):
            return Response('{"result": 3102}', 401)
        taken.append(json.loads(form["json"]))
        return Response(json.dumps({"result": result}), content_type="application/json")

    server.expect_request("/vpbx/commands/callback", method="POST").respond_with_handler(callback)
    return taken


async def test_mango_is_sent_a_signed_command(server: HTTPServer, outgoing: Outgoing) -> None:
    taken = mango_answers(server)
    options = {"api_key": "exchange-key", "api_url": server.url_for("/vpbx"), "line_number": "7495"}
    exchange = source("mango", "old", "salt", **options)

    assert await EXCHANGES["mango"].place(outgoing, exchange, WANTED) is None

    ids = {"command_id": str(COMMAND), "from": {"extension": "101"}}
    assert taken == [{**ids, "to_number": "79123456789", "line_number": "7495"}]


async def test_mango_says_no(server: HTTPServer, outgoing: Outgoing) -> None:
    mango_answers(server, result=3330)
    exchange = source("mango", "salt", api_key="exchange-key", api_url=server.url_for("/vpbx"))
    with pytest.raises(Refused, match="3330"):
        await EXCHANGES["mango"].place(outgoing, exchange, WANTED)


async def test_uis_is_called_by_json_rpc(server: HTTPServer, outgoing: Outgoing) -> None:
    taken: list[Any] = []

    def handle(request: Request) -> Response:
        taken.append(request.get_json())
        answer = {"jsonrpc": "2.0", "id": str(COMMAND), "result": {"data": {"call_session_id": 237859081}}}
        return Response(json.dumps(answer), content_type="application/json")

    server.expect_request("/v4.0", method="POST").respond_with_handler(handle)
    exchange = source("uis", api_token="t0ken", virtual_phone_number="74951234567", api_url=server.url_for("/v4.0"))

    assert await EXCHANGES["uis"].place(outgoing, exchange, WANTED) == "237859081"

    (call,) = taken
    assert (call["jsonrpc"], call["method"]) == ("2.0", "start.employee_call")
    assert call["params"] == {
        "access_token": "t0ken",
        "first_call": "employee",
        "virtual_phone_number": "74951234567",
        "contact": "79123456789",
        "employee": {"id": 101},
        "external_id": str(COMMAND),
    }


async def test_uis_names_why_it_refuses(server: HTTPServer, outgoing: Outgoing) -> None:
    error = {"jsonrpc": "2.0", "error": {"code": -32602, "data": {"mnemonic": "virtual_phone_number_not_found"}}}
    server.expect_request("/v4.0").respond_with_json(error)
    exchange = source("uis", api_token="t0ken", virtual_phone_number="7", api_url=server.url_for("/v4.0"))
    with pytest.raises(Refused, match="virtual_phone_number_not_found"):
        await EXCHANGES["uis"].place(outgoing, exchange, WANTED)


async def test_twilio_rings_the_employee_and_then_the_customer(server: HTTPServer, outgoing: Outgoing) -> None:
    taken: list[Any] = []

    def handle(request: Request) -> Response:
        taken.append((request.headers["authorization"], parse_qs(request.get_data(as_text=True))))
        return Response('{"sid": "CA1"}', 201, content_type="application/json")

    server.expect_request("/2010-04-01/Accounts/AC1/Calls.json", method="POST").respond_with_handler(handle)
    exchange = source("twilio", "token", account_sid="AC1", caller_id="+18005551212", api_url=server.url_for("")[:-1])

    wanted = Wanted(COMMAND, "74951234567", "+79123456789", "https://c/i")
    assert await EXCHANGES["twilio"].place(outgoing, exchange, wanted) == "CA1"

    ((authorization, form),) = taken
    assert b64decode(authorization.removeprefix("Basic ")) == b"AC1:token"
    assert (form["To"], form["From"]) == (["+74951234567"], ["+18005551212"])
    assert form["Twiml"] == ['<Response><Dial callerId="+18005551212">+79123456789</Dial></Response>']
    assert form["StatusCallback"] == [f"https://c/i?command_id={COMMAND}"]
    assert form["StatusCallbackEvent"] == ["initiated", "ringing", "answered", "completed"]


async def test_an_exchange_that_is_busy_may_be_asked_again(server: HTTPServer, outgoing: Outgoing) -> None:
    server.expect_request("/vpbx/commands/callback").respond_with_data("", status=503, headers={"retry-after": "7"})
    exchange = source("mango", "salt", api_key="k", api_url=server.url_for("/vpbx"))
    with pytest.raises(Trouble) as met:
        await EXCHANGES["mango"].place(outgoing, exchange, WANTED)
    assert met.value.seconds == 7


async def _asked(leads: Running, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    made = (await leads.call("POST", "/leads", json={"phones": ["+79123456789"]})).json()
    await leads.call("PUT", "/managers/anna/phone-extensions", json=[{"extension": "101"}])
    body = {"customer_id": made["customer_id"], "manager_id": "anna", "exchange": "mango/main", **more}
    answer = await leads.call("POST", "/calls", json=body, headers={"idempotency-key": "click"})
    assert answer.status_code == 202, answer.text
    return answer.json(), body


async def _settled(leads: Running, command_id: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            command: dict[str, Any] = (await leads.call("GET", f"/calls/{command_id}")).json()
            waiting = await leads.pool.fetchval("SELECT count(*) FROM tasks")
            if command["state"] in ("placed", "refused") and not waiting:
                return command
            await asyncio.sleep(0.05)


def _mango(server: HTTPServer) -> str:
    options = f"{{api_key: exchange-key, api_url: '{server.url_for('/vpbx')}'}}"
    return f"- {{channel: mango, name: main, secrets: [salt], options: {options}}}\n"


async def test_a_click_becomes_one_command_and_the_call_that_follows_is_found(
    run: Run, server: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = mango_answers(server)
    monkeypatch.setattr("leads_system.SOURCES", _mango(server))
    async with run(outgoing_private_hosts=frozenset(["localhost", "127.0.0.1"])) as leads:
        command, body = await _asked(leads)
        again = await leads.call("POST", "/calls", json=body, headers={"idempotency-key": "click"})
        assert again.json()["command_id"] == command["command_id"]
        assert (await _settled(leads, command["command_id"]))["state"] == "placed"
        assert [one["to_number"] for one in taken] == ["79123456789"]

        await tell(leads, summary("out-1", outbound=True, command_id=command["command_id"]))
        found = await _settled(leads, command["command_id"])
        call = (await leads.call("GET", f"/interactions/{found['interaction_id']}")).json()
        assert (call["flow"], call["manager_id"], call["call"]["result"]) == ("out", "anna", "answered")
        events = await leads.pool.fetch("SELECT type FROM events WHERE type LIKE 'call.%' ORDER BY type")
        assert [row["type"] for row in events] == ["call.placed.v1", "call.requested.v1"]


async def test_what_the_exchange_refuses_is_said(run: Run, server: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    mango_answers(server, result=3330)
    monkeypatch.setattr("leads_system.SOURCES", _mango(server))
    async with run(outgoing_private_hosts=frozenset(["localhost", "127.0.0.1"])) as leads:
        command, _ = await _asked(leads)
        settled = await _settled(leads, command["command_id"])
        assert (settled["state"], settled["reason"]) == ("refused", "mango: result 3330")


async def test_a_telephone_does_not_ring_twice_when_an_answer_was_lost(
    run: Run, server: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = mango_answers(server)
    monkeypatch.setattr("leads_system.SOURCES", _mango(server))
    hosts = frozenset(["localhost", "127.0.0.1"])
    async with run(outgoing_private_hosts=hosts, roles=frozenset(("api",))) as leads:
        command, _ = await _asked(leads)
        await leads.pool.execute("UPDATE call_commands SET state = 'placing'")
        await _run_tasks(leads)
        settled = await _settled(leads, command["command_id"])
        assert (settled["state"], settled["reason"], taken) == ("refused", "answer_lost", [])


async def _run_tasks(leads: Running) -> None:
    """Another worker, which finds the mark that one left who died while he asked."""
    store = Store("leads", leads.pool)
    outgoing = Outgoing()
    handler = Dialing(
        leads.pool,
        Keyring(MasterKey(MASTER_KEY)),
        BlindIndex(INDEX_KEY),
        {},
        outgoing,
        None,
        lambda: datetime.now(UTC) + timedelta(seconds=1),
    )
    await Worker("test", store, {KIND: handler}).run_due()
    await outgoing.close()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"exchange": "mango/other"}, 422),
        ({"phone": "+79990000000"}, 422),
        ({"manager_id": "boris"}, 422),
        ({"customer_id": "00000000-0000-0000-0000-000000000001"}, 404),
    ],
    ids=["no-exchange", "not-his-phone", "no-telephone", "no-customer"],
)
async def test_a_call_that_cannot_be_made_is_refused_at_once(run: Run, change: dict[str, Any], status: int) -> None:
    async with run() as leads:
        made = (await leads.call("POST", "/leads", json={"phones": ["+79123456789"]})).json()
        await leads.call("PUT", "/managers/anna/phone-extensions", json=[{"extension": "101"}])
        body = {"customer_id": made["customer_id"], "manager_id": "anna", "exchange": "mango/main", **change}
        assert (await leads.call("POST", "/calls", json=body)).status_code == status
        assert await leads.pool.fetchval("SELECT count(*) FROM tasks") == 0
