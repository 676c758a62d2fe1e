"""Documents from the request to the file, on a real database, rendered in real processes, stored in a real folder."""

from __future__ import annotations

import asyncio
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from events.contracts.leads import OrganisationPersonAttached, OrganisationRegistered, Requisites

from .conftest import FIRM, Office, upload
from .test_forms import text_of
from .word import text_of as word_text
from .word import word

YEAR = datetime.now(ZoneInfo("Europe/Moscow")).year


async def test_an_offer_is_asked_for_made_and_read(office: Office) -> None:
    asked = await office.asked(note="Цены действуют неделю.")
    assert (asked["state"], asked["number"], asked["version"]) == ("requested", f"O-{YEAR}-0001", 1)
    await office.worked()
    made = await office.read(asked)
    (version,) = made["versions"]
    assert (made["state"], version["media_type"]) == ("generated", "application/pdf")
    content = await office.content(made)
    assert (len(content), sha256(content).hexdigest()) == (version["size"], version["sha256"])
    text, pages = text_of(content)
    assert pages == 1
    for words in (
        "Петрова Анна",
        "Внедрение учёта заявок",
        "Цены действуют неделю.",
        "Сорок пять тысяч рублей 50 копеек",
    ):
        assert words in text
    assert await office.events(made["document_id"]) == ["document.requested.v1", "document.generated.v1"]


async def test_the_buyer_is_the_organisation_that_the_customer_acts_for(office: Office) -> None:
    organisation, system = uuid4(), office.system
    requisites = Requisites(inn="5047013212", kpp="504701001", address="Химки")
    registered = OrganisationRegistered(organisation_id=organisation, name="ООО «Ромашка»", requisites=requisites)
    role = system.leads.key(office.customer_id).seal("Директор")
    attached = OrganisationPersonAttached(organisation_id=organisation, customer_id=office.customer_id, role=role)
    await system.hears(organisation, registered, attached)
    text, _ = text_of(await office.content(await office.made("contract")))
    assert "ООО «Ромашка»" in text
    assert "ИНН 5047013212" in text
    assert "Директор Петрова Анна" in text


async def test_lines_of_the_deal_stand_in_the_document(office: Office) -> None:
    lines = [{"title": f"Работа {n}", "quantity": "2", "price": "100.00", "tax_rate": "20"} for n in (1, 2)]
    path = f"/deals/{office.deal['deal_id']}/lines"
    client, manager = office.system.client, office.system.manager
    put = await client.put(path, json={"lines": lines}, headers=manager.headers)
    assert put.status_code == 200, put.text
    text, _ = text_of(await office.content(await office.made("act")))
    assert "Работа 1" in text
    assert "Работа 2" in text
    assert "Четыреста рублей 00 копеек" in text or "Четыреста восемьдесят рублей 00 копеек" in text


async def test_the_document_of_an_invoice_has_its_number_lines_and_day(office: Office) -> None:
    lines = {"lines": [{"title": "Доработка", "quantity": "3", "price": "1000.00"}]}
    body = {"deal_id": office.deal["deal_id"], "lines": lines, "due_on": f"{YEAR + 1}-03-16"}
    answer = await office.system.callers["finance"].post("/invoices", body)
    assert answer.status_code == 201, answer.text
    invoice = answer.json()
    made = await office.made("invoice", invoice_id=invoice["invoice_id"])
    assert made["number"] == invoice["number"]
    text, _ = text_of(await office.content(made))
    for words in (f"Счёт на оплату № {invoice['number']}", "Доработка", "Три тысячи рублей", f"16 марта {YEAR + 1} г."):
        assert words in text
    path = f"/deals/{office.deal['deal_id']}/documents"
    again = await office.system.manager.post(path, {"kind": "invoice", "invoice_id": invoice["invoice_id"]})
    assert (again.status_code, again.json()["document_id"]) == (200, made["document_id"])


async def test_an_invoice_of_another_deal_is_invalid(office: Office) -> None:
    answer = await office.system.manager.post(
        f"/deals/{office.deal['deal_id']}/documents", {"kind": "invoice", "invoice_id": str(uuid4())}
    )
    assert answer.status_code == 422


async def test_made_again_it_is_the_next_version_and_the_old_one_stays(office: Office) -> None:
    first = await office.made()
    before = await office.content(first)
    answer = await office.system.manager.post(
        f"/documents/{first['document_id']}/versions", {"note": "Скидка согласована."}, if_match=f'"{first["version"]}"'
    )
    assert answer.status_code == 202, answer.text
    await office.worked()
    second = await office.read(first)
    assert (second["number"], second["latest"], second["version"]) == (first["number"], 2, 4)
    assert "Скидка согласована." in text_of(await office.content(second))[0]
    assert await office.content(second, version=1) == before


async def test_while_a_version_is_being_made_no_other_is_asked_for(office: Office) -> None:
    asked = await office.asked()
    answer = await office.system.manager.post(f"/documents/{asked['document_id']}/versions", {})
    assert (answer.status_code, answer.json()["hint"]) == (409, "rule: being_made")
    stale = await office.system.manager.post(f"/documents/{asked['document_id']}/versions", {}, if_match='"9"')
    assert stale.status_code == 412


async def test_numbers_of_a_kind_and_year_have_no_gaps_however_many_ask_at_once(office: Office) -> None:
    system, path = office.system, f"/deals/{office.deal['deal_id']}/documents"
    bodies: list[dict[str, Any]] = [{"kind": "contract"}] * 8 + [{"kind": "contract", "template": "none"}] * 4
    answers = await asyncio.gather(*(system.manager.post(path, body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [202] * 8 + [422] * 4
    numbers = sorted(answer.json()["number"] for answer in answers if answer.status_code == 202)
    assert numbers == [f"C-{YEAR}-{n:04d}" for n in range(1, 9)]
    assert (await office.asked("act", issued_on="2025-12-31"))["number"] == "A-2025-0001"


async def test_the_same_key_finds_the_same_document_and_draws_no_number(office: Office) -> None:
    system, path = office.system, f"/deals/{office.deal['deal_id']}/documents"
    answers = await asyncio.gather(
        *(system.manager.post(path, {"kind": "offer"}, idempotency_key="k") for _ in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 202]
    assert len({answer.json()["document_id"] for answer in answers}) == 1
    assert (await office.asked())["number"] == f"O-{YEAR}-0002"


async def test_without_the_firm_nothing_is_made_and_no_number_is_drawn(office: Office) -> None:
    await office.system.pool.execute("ALTER TABLE events DISABLE TRIGGER ALL")
    await office.system.pool.execute("DELETE FROM events WHERE type = 'firm.changed.v1'")
    answer = await office.system.manager.post(f"/deals/{office.deal['deal_id']}/documents", {"kind": "offer"})
    assert (answer.status_code, answer.json()["hint"]) == (409, "rule: no_firm")
    assert await office.system.pool.fetchval("SELECT count(*) FROM document_numbers") == 0


async def test_a_document_by_a_template_of_word(office: Office) -> None:
    head = office.system.callers["head"]
    template = word("Договор № {{ document.number }} с {{ customer.name }}, {{ seller.name }}")
    answer = await upload(
        head, "/document-templates/supply", template, method="PUT", kind="contract", title="Поставка", language="ru"
    )
    assert answer.status_code == 200, answer.text
    card = answer.json()
    assert card["required"] == ["customer.name", "document.number", "seller.name"]
    made = await office.made("contract", template="supply")
    assert made["versions"][0]["template_version"] == 1
    assert f"Договор № C-{YEAR}-0001 с Петрова Анна, ООО «Воронка»" in word_text(await office.content(made))


async def test_a_template_with_unknown_variables_is_refused_and_they_are_named(office: Office) -> None:
    answer = await upload(
        office.system.callers["head"],
        "/document-templates/bad",
        word("{{ customer.nam }} {{ cycler }}"),
        method="PUT",
        kind="contract",
        title="x",
    )
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["hint"] == "rule: unknown_variables"
    assert [error["detail"] for error in problem["errors"]] == [
        "no such variable: customer.nam",
        "no such variable: cycler",
    ]


async def test_a_version_that_lacks_a_value_fails_with_the_variables_named_and_can_be_made_again(
    office: Office,
) -> None:
    head = office.system.callers["head"]
    template = word("{{ customer.name }} {{ buyer.inn }}")
    await upload(head, "/document-templates/inn", template, method="PUT", kind="other", title="x")
    failed = await office.made("other", template="inn")
    (version,) = failed["versions"]
    assert (failed["state"], version["reason"], version["missing"]) == ("failed", "missing_values", ["buyer.inn"])
    read = await office.system.manager.get(f"/documents/{failed['document_id']}/content")
    assert (read.status_code, read.json()["hint"]) == (409, "rule: failed")
    await upload(head, "/document-templates/inn", word("{{ customer.name }}"), method="PUT", kind="other", title="x")
    await office.system.manager.post(f"/documents/{failed['document_id']}/versions", {})
    await office.worked()
    made = await office.read(failed)
    assert (made["state"], made["number"]) == ("generated", failed["number"])
    retired = await head.post("/document-templates/inn/retire")
    assert retired.json()["is_retired"] is True
    again = await office.system.manager.post(f"/documents/{failed['document_id']}/versions", {})
    assert again.status_code == 422


async def test_the_firm_has_versions_and_the_wrong_requisites_are_refused(office: Office) -> None:
    client, finance = office.system.client, office.system.callers["finance"]
    same = await client.put("/firm", json=FIRM, headers=finance.headers)
    assert (same.json()["version"], same.headers["etag"]) == (1, '"1"')
    changed = await client.put(
        "/firm", json=FIRM | {"name": "ООО «Новая»"}, headers=finance.headers | {"if-match": '"1"'}
    )
    assert changed.json()["version"] == 2
    stale = await client.put("/firm", json=FIRM, headers=finance.headers | {"if-match": '"1"'})
    assert stale.status_code == 412
    own: Any = FIRM["requisites"]
    for wrong in ({"inn": "7707083894"}, own | {"bik": "044525974"}, own | {"account": "40702810938000000002"}):
        refused = await client.put("/firm", json=FIRM | {"requisites": wrong}, headers=finance.headers)
        assert refused.status_code == 422, wrong
    assert "does not fit the BIK" in refused.text
    abroad = FIRM | {"name": "ООО «Новая»", "requisites": {"account": "DE89370400440532013000", "bank": "Commerzbank"}}
    assert (await client.put("/firm", json=abroad, headers=finance.headers)).status_code == 200
    assert (await client.put("/firm", json=FIRM, headers=office.system.manager.headers)).status_code == 403
    text, _ = text_of(await office.content(await office.made()))
    assert "ООО «Новая»" in text


@pytest.mark.parametrize("kind", ["contract", "act"])
async def test_an_english_document(office: Office, kind: str) -> None:
    text, _ = text_of(await office.content(await office.made(kind, language="en")))
    assert "Forty-five thousand roubles, 50 kopeks" in text
