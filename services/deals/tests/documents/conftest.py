"""A running deals service with documents: what people send, and the worker's turns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
import pytest
from deals_system import Caller, System
from events.contracts.leads import CustomerRegistered

FIRM = {
    "name": "ООО «Воронка»",
    "requisites": {
        "inn": "7707083893",
        "kpp": "773601001",
        "bik": "044525225",
        "account": "40702810938000000001",
        "correspondent_account": "30101810400000000225",
        "bank": "ПАО Сбербанк",
        "address": "Москва, ул. Вавилова, 19",
    },
    "director": {"name": "Иванов И. И.", "position": "Генеральный директор", "basis": "Устава"},
    "accountant": "Петрова А. А.",
    "untaxed_because": "применяется УСН",
}


@dataclass
class Office:
    """A deal of a customer whose card is known, and the firm said."""

    system: System
    deal: dict[str, Any]

    @property
    def customer_id(self) -> UUID:
        return UUID(self.deal["customer_id"])

    async def asked(self, kind: str = "offer", **fields: Any) -> dict[str, Any]:
        """A document that the manager asked for, not made yet."""
        answer = await self.system.manager.post(f"/deals/{self.deal['deal_id']}/documents", {"kind": kind, **fields})
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    async def made(self, kind: str = "offer", **fields: Any) -> dict[str, Any]:
        """A document after the worker has run."""
        document = await self.asked(kind, **fields)
        await self.worked()
        return await self.read(document)

    async def worked(self) -> None:
        """Runs what is due until nothing is."""
        while await self.system.parts.documents.worker.run_due():
            pass

    async def read(self, document: dict[str, Any], by: str = "manager") -> dict[str, Any]:
        answer = await self.system.callers[by].get(f"/documents/{document['document_id']}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def content(self, document: dict[str, Any], by: str = "manager", **params: Any) -> bytes:
        answer = await self.system.callers[by].get(f"/documents/{document['document_id']}/content", **params)
        assert answer.status_code == 200, answer.text
        return answer.content

    async def events(self, stream_id: str) -> list[str]:
        rows = await self.system.pool.fetch("SELECT type FROM events WHERE stream_id = $1 ORDER BY version", stream_id)
        return [row["type"] for row in rows]

    async def uploaded(self, content: bytes, by: str = "manager", **fields: Any) -> httpx2.Response:
        headers = fields.pop("headers", {})
        return await upload(
            self.system.callers[by],
            f"/customers/{self.customer_id}/documents",
            content,
            headers,
            kind="contract",
            **fields,
        )


async def upload(
    by: Caller, path: str, content: bytes, headers: dict[str, str] | None = None, method: str = "POST", **fields: Any
) -> httpx2.Response:
    return await by.client.request(
        method, path, files={"file": ("file", content)}, data=fields, headers=by.headers | (headers or {})
    )


@pytest.fixture
async def office(system: System, opened_office: Callable[[], Awaitable[Office]]) -> Office:
    return await opened_office()


@pytest.fixture
def opened_office(system: System) -> Callable[[], Awaitable[Office]]:
    async def open_office() -> Office:
        firm = await system.client.put("/firm", json=FIRM, headers=system.callers["finance"].headers)
        assert firm.status_code == 200, firm.text
        customer = system.leads.customer()
        key = system.leads.key(customer)
        told = CustomerRegistered(
            customer_id=customer, name=key.seal("Петрова Анна"), phones=(key.seal("+79123456789"),)
        )
        await system.hears(customer, told)
        value = {"amount": "45000.50", "currency": "RUB"}
        deal = await system.opened(customer_id=str(customer), title="Внедрение учёта заявок", value=value)
        return Office(system, deal)

    return open_office
