"""What deals and automation said, on the card: in its history, its summary and itself; and who may see it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from events.contracts.automation import MessageSent, TaskAssigned, TaskCreated
from events.contracts.deals import (
    DealOpened,
    DealStageChanged,
    DealValueChanged,
    DealWon,
    Money,
    PaymentAllocated,
    PaymentDeallocated,
    PaymentReceived,
    PaymentRefunded,
)
from events.contracts.deals.documents import DocumentDownloaded, DocumentUploaded
from events.contracts.leads import CustomerErased
from events.privacy import Keyring, MasterKey
from events.sealed import Sealed
from events.testing import AT, Log, received
from leads.heard.listening import apply, forget
from leads_system import MASTER_KEY, Running

Run = Any


async def card_of(leads: Running, phone: str, **fields: Any) -> str:
    body = {"name": "Анна", "phones": [phone], **fields}
    answer = await leads.call("POST", "/leads", json=body, headers={"idempotency-key": str(uuid4())})
    assert answer.status_code == 200, answer.text
    return answer.json()["customer_id"]  # type: ignore[no-any-return]


async def sealed(leads: Running, customer_id: str, text: str) -> Sealed[str]:
    keys = await Keyring(MasterKey(MASTER_KEY)).read(leads.pool, [UUID(customer_id)])  # type: ignore[arg-type]
    return keys[UUID(customer_id)].seal(text)


async def hear(leads: Running, log: Log) -> None:
    async with leads.pool.acquire() as connection, connection.transaction():
        await apply(connection, log.records)


def rubles(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="RUB")


def opened(log: Log, customer_id: str, deal: UUID, number: str, **more: Any) -> dict[str, Any]:
    """A deal of an amount; the ids for what follows."""
    ids = {"deal_id": deal, "customer_id": UUID(customer_id)}
    told = {"number": number, "pipeline": "sales", "pipeline_version": 1, "stage": "new", "value": rubles("100")}
    log.append(deal, DealOpened(**ids, **{**told, **more}), actor="user:vera")
    return ids


DEALS = [UUID(int=0x100 + n) for n in range(3)]


async def test_the_history_tells_of_deals_payments_tasks_and_letters_with_from_and_to(run: Run) -> None:
    async with run() as leads:
        anna, log = await card_of(leads, "+79123456789"), Log()
        ids = opened(log, anna, DEALS[0], "17", title=await sealed(leads, anna, "Two rooms"))
        hour = AT + timedelta(hours=1)
        log.append(
            DEALS[0], DealStageChanged(**ids, from_stage="new", to_stage="offer", to_kind="open"), occurred_at=hour
        )
        log.append(DEALS[0], DealValueChanged(**ids, value=rubles("150")), occurred_at=hour + timedelta(hours=1))
        payment = {"provider": "stripe", "provider_payment_id": "p", "reference": "17", "received": rubles("150")}
        log.append(UUID(int=0x200), PaymentReceived(payment_id=UUID(int=0x200), **payment, **ids))
        task = TaskCreated(
            task_id=UUID(int=0x300),
            kind="call",
            title="Call",
            due_at=AT,
            assignee="vera",
            customer_id=ids["customer_id"],
        )
        log.append(UUID(int=0x300), task, TaskAssigned(task_id=UUID(int=0x300), assignee="boris"))
        await hear(leads, log)
        path = f"/customers/{anna}/history"
        told = (await leads.call("GET", path)).json()["entries"]
        by_type = {entry["type"]: entry for entry in told}
        assert {"lead.captured.v1", "deal.opened.v1", "payment.received.v1", "task.assigned.v1"} <= by_type.keys()
        stage = by_type["deal.stage-changed.v1"]
        assert stage["changes"] == [{"what": "stage", "from": "new", "to": "offer"}]
        assert (stage["title"], stage["kind"], stage["service"], stage["actor"]) == (
            {"en": "Stage changed", "ru": "Сменился этап сделки"}, "deals", "deals", "test",
        )  # fmt: skip
        value = by_type["deal.value-changed.v1"]["changes"]
        assert value == [
            {"what": "value", "from": {"amount": "100", "currency": "RUB"}, "to": {"amount": "150", "currency": "RUB"}}
        ]
        assert by_type["deal.opened.v1"]["facts"]["title"] == "Two rooms"
        assert by_type["task.assigned.v1"]["changes"] == [{"what": "assignee", "from": "vera", "to": "boris"}]
        some = (await leads.call("GET", path, params={"kind": ["payments", "tasks"]})).json()["entries"]
        assert {entry["type"] for entry in some} == {"payment.received.v1", "task.created.v1", "task.assigned.v1"}
        seen, cursor = [], None
        while True:
            page = (await leads.call("GET", path, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
            seen += [entry["event_id"] for entry in page["entries"]]
            if (cursor := page["next"]) is None:
                break
        assert seen == [entry["event_id"] for entry in told]


async def test_the_card_and_its_page_tell_of_deals_purchases_debts_tasks_and_contacts(run: Run) -> None:
    async with run() as leads:
        anna, log = await card_of(leads, "+79123456789"), Log()
        opened(log, anna, DEALS[0], "17", stage="offer", manager_id="vera")
        ids = opened(log, anna, DEALS[1], "18")
        won = DealWon(**ids, from_stage="new", stage="won", value=rubles("1000.50"))
        log.append(DEALS[1], won, occurred_at=AT + timedelta(days=1))
        payment = {"provider": "stripe", "provider_payment_id": "p", "reference": "18", "received": rubles("400")}
        log.append(UUID(int=0x200), PaymentReceived(payment_id=UUID(int=0x200), **payment, **ids))
        task = {
            "task_id": UUID(int=0x300),
            "kind": "call",
            "title": "Ask for the rest",
            "due_at": AT,
            "assignee": "vera",
        }
        log.append(UUID(int=0x300), TaskCreated(**task, customer_id=UUID(anna)))
        letter = {"message_id": UUID(int=0x400), "customer_id": UUID(anna), "medium": "email", "template": "thanks"}
        log.append(UUID(int=0x400), MessageSent(**letter))
        log.append(
            UUID(int=0x200), PaymentRefunded(payment_id=UUID(int=0x200), refund_id="r", refunded=rubles("50"), **ids)
        )
        await hear(leads, log)
        called = {
            "kind": "call",
            "flow": "out",
            "customer_id": anna,
            "manager_id": "boris",
            "at": "2026-03-01T10:00:00Z",
        }
        made = await leads.call("POST", "/interactions", json=called)
        assert made.status_code in (200, 201), made.text
        card = (await leads.call("GET", f"/customers/{anna}")).json()
        assert [(deal["number"], deal["stage"], deal["value"]["amount"]) for deal in card["deals"]["open"]] == [
            ("17", "offer", "100")
        ]
        purchases = card["deals"]["purchases"]
        assert (purchases["count"], purchases["totals"]) == (1, [{"amount": "1000.50", "currency": "RUB"}])
        assert purchases["last_at"].startswith("2026-03-03")
        assert card["deals"]["unpaid"] == [{"amount": "650.50", "currency": "RUB"}]
        assert [(one["manager_id"], one["contacts"]) for one in card["spoken_with"]] == [("boris", 1)]
        page = (await leads.call("GET", f"/customers/{anna}/summary")).json()
        assert page["deals"] == card["deals"]
        assert (page["next_task"]["title"], page["next_task"]["assignee"]) == ("Ask for the rest", "vera")
        assert (page["last_contact"]["kind"], page["last_contact"]["result"]) == ("email", "thanks")
        printed = (await leads.call("GET", f"/customers/{anna}/summary", params={"format": "html"})).text
        assert "1000.50 RUB" in printed
        assert "unpaid: 650.50 RUB" in printed
        assert "Ask for the rest" in printed


async def test_deals_of_another_line_of_business_and_without_the_permission_are_not_seen(run: Run) -> None:
    async with run(manager_directions=["retail"]) as leads:
        anna, log = await card_of(leads, "+79123456789", direction="retail"), Log()
        opened(log, anna, DEALS[0], "17", direction="retail")
        ids = opened(log, anna, DEALS[1], "18", direction="wholesale")
        payment = {"provider": "stripe", "provider_payment_id": "p", "reference": "18", "received": rubles("400")}
        log.append(UUID(int=0x200), PaymentReceived(payment_id=UUID(int=0x200), **payment, **ids))
        unknown = {"deal_id": DEALS[2], "customer_id": UUID(anna)}
        log.append(DEALS[2], DealStageChanged(**unknown, from_stage="new", to_stage="offer", to_kind="open"))
        await hear(leads, log)
        path = f"/customers/{anna}"
        card = (await leads.call("GET", path, role="manager")).json()
        assert [deal["number"] for deal in card["deals"]["open"]] == ["17"]
        told = (await leads.call("GET", f"{path}/history", role="manager")).json()["entries"]
        assert [entry["stream_id"] for entry in told if entry["service"] == "deals"] == [str(DEALS[0])]
        everything = (await leads.call("GET", f"{path}/history")).json()["entries"]
        assert len([entry for entry in everything if entry["service"] == "deals"]) == 4


async def test_a_payment_that_stands_on_the_invoice_of_another_deal_pays_that_deal(run: Run) -> None:
    async with run() as leads:
        anna, log = await card_of(leads, "+79123456789"), Log()
        deals = [opened(log, anna, DEALS[n], str(n)) for n in range(2)]
        payment, paid = UUID(int=0x200), {"provider": "stripe", "provider_payment_id": "p", "reference": "0"}
        log.append(payment, PaymentReceived(payment_id=payment, **paid, received=rubles("100"), **deals[0]))
        invoice = {"invoice_id": UUID(int=0x500), "invoice_number": "1", "payment_id": payment}
        put = PaymentAllocated(**invoice, **deals[1], amount=rubles("30"), invoice_due=rubles("0"))
        log.append(payment, put, put)
        taken = PaymentDeallocated(**invoice, **deals[1], amount=rubles("30"), reason="by_hand")
        log.append(payment, taken)
        await hear(leads, log)
        card = (await leads.call("GET", f"/customers/{anna}")).json()
        assert {deal["number"]: deal["paid"]["amount"] for deal in card["deals"]["open"]} == {"0": "70", "1": "30"}


async def test_documents_of_a_class_that_not_everybody_sees_are_not_in_everybodys_history(run: Run) -> None:
    async with run() as leads:
        anna, log = await card_of(leads, "+79123456789"), Log()
        for n, class_ in enumerate(("public", "management")):
            document = {"document_id": UUID(int=0x600 + n), "customer_id": UUID(anna)}
            made = {"kind": "contract", "object_id": UUID(int=1), "media_type": "application/pdf", "size": 1}
            put_in = DocumentUploaded(**document, **made, sha256="0" * 64, confidentiality=class_)
            log.append(document["document_id"], put_in)
            read = UUID(int=0x700 + n)
            log.append(read, DocumentDownloaded(download_id=read, **document, version=1))
        await hear(leads, log)
        path, asked = f"/customers/{anna}/history", {"kind": "documents"}
        of_manager = (await leads.call("GET", path, role="manager", params=asked)).json()["entries"]
        assert {entry["stream_id"] for entry in of_manager} == {str(UUID(int=0x600)), str(UUID(int=0x700))}
        assert len((await leads.call("GET", path, role="head", params=asked)).json()["entries"]) == 4


async def test_a_merged_card_has_the_deals_of_all_members_and_an_erased_member_takes_his_along(run: Run) -> None:
    async with run() as leads:
        anna, anya, log = await card_of(leads, "+79123456789"), await card_of(leads, "+79123456780"), Log()
        opened(log, anna, DEALS[0], "17")
        opened(log, anya, DEALS[1], "18")
        await hear(leads, log)
        merged = await leads.call("POST", f"/customers/{anna}/merge", json={"customer_ids": [anya]})
        assert {deal["number"] for deal in merged.json()["deals"]["open"]} == {"17", "18"}
        told = (await leads.call("GET", f"/customers/{anya}/history", params={"kind": "deals"})).json()["entries"]
        assert {entry["stream_id"] for entry in told} == {str(DEALS[0]), str(DEALS[1])}
        await leads.pool.execute("DELETE FROM keyring WHERE customer_id = $1", UUID(anya))
        async with leads.pool.acquire() as connection, connection.transaction():
            await forget(connection, [received(CustomerErased(customer_id=UUID(anya)), UUID(anya), 1, version=9)])
        card = (await leads.call("GET", f"/customers/{anna}")).json()
        assert [deal["number"] for deal in card["deals"]["open"]] == ["17"]
        assert (card["erased"], card["phones"]) == (False, ["+79123456789"])
