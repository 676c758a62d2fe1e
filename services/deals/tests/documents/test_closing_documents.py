"""Work is completed with what the customer paid and signed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from .conftest import Office
from .test_uploads import SCAN

STAGES = [{"code": "setup", "title": "Настройка"}]


async def test_closing_documents_are_the_customers_own_and_a_paid_deal_needs_no_reason(office: Office) -> None:
    manager, deal = office.system.manager, f"/deals/{office.deal['deal_id']}"
    await manager.post(f"{deal}/win")
    await manager.post(f"{deal}/work", {"stages": STAGES})
    await manager.post(f"{deal}/work/stages/setup/finish")
    await manager.post(f"{deal}/work/accept", {"accepted_by": "Пётр Иванов"})
    act = (await office.uploaded(SCAN, deal_id=office.deal["deal_id"])).json()["document_id"]
    not_made = (await office.asked("act"))["document_id"]

    async def completed(**body: Any) -> tuple[int, str | None]:
        answer = await manager.post(f"{deal}/work/complete", body)
        return answer.status_code, answer.json().get("code")

    assert await completed(document_ids=[act]) == (409, "not_settled")
    assert await completed(document_ids=[act, not_made], because="Подпишут") == (422, "unfit_documents")
    assert await completed(document_ids=[str(uuid4())], because="Подпишут") == (422, "unfit_documents")
    paid = {"method": "bank", "received": office.deal["value"], "number": office.deal["number"]}
    received = await office.system.callers["finance"].post("/payments", paid)
    assert received.status_code == 201, received.text
    assert await completed() == (409, "not_settled")
    assert await completed(document_ids=[act]) == (200, None)
    history = (await manager.get(f"{deal}/work/history")).json()["entries"]
    assert history[-1]["facts"]["document_ids"] == [act]
    assert history[-1]["facts"].get("unpaid") is None
