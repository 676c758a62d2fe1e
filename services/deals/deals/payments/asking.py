"""Asking YooKassa for a payment: a port, YooKassa behind it, and the durable task that asks.

``GET {url}/payments/{id}`` with HTTP Basic, the shop's id and its secret key (yookassa.ru/developers/api). 404: the
shop has no such payment. 401: wrong key. 429 and 5xx: later. The call is made outside of any transaction; what it tells
is taken in like every notification, so a task that runs twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import httpx2
from events.outgoing import trust
from events.sources import Sources
from events.store import Append, Cause, Store, append_all, deterministic_id
from events.tasks import NewTask, Retry, Task
from events.webhooks import Ignored, RawRequest, Source, Unreadable

from deals.payments.notices import PaymentNotice, RefundNotice, Unproven
from deals.payments.providers import yookassa
from deals.payments.providers.base import json_object
from deals.payments.receiving import Told, receive

ASK = "payment.ask"
"""The kind of the task; its payload is ``{"channel", "source", "provider_payment_id", "request_id", "told_at"}``."""

TIMEOUT_SECONDS = 10.0
LARGEST_ANSWER = 1_000_000


class PaymentReference(Protocol):
    """Where a payment's truth is read."""

    async def payment(self, source: Source, provider_payment_id: str) -> dict[str, Any] | None:
        """The payment as its provider has it, None if it has none; raises :class:`events.tasks.Retry`."""
        ...


class YooKassaApi:
    """The API of YooKassa. ``url`` is fixed by the settings, and redirects are not followed."""

    def __init__(self, url: str, *, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._client = httpx2.AsyncClient(
            base_url=url,
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
            verify=trust(),
            trust_env=False,
            transport=transport,
        )

    async def payment(self, source: Source, provider_payment_id: str) -> dict[str, Any] | None:
        """As the port says; a key that is being replaced is followed by the other live one."""
        status = 0
        for secret in source.secrets:
            auth = httpx2.BasicAuth(source.options.get("shop_id", ""), secret)
            try:
                answer = await self._client.get(f"payments/{provider_payment_id}", auth=auth)
            except httpx2.HTTPError as error:
                raise Retry(f"YooKassa does not answer ({type(error).__name__})") from None
            status = answer.status_code
            if status == 404:
                return None
            if status == 200:
                return _read(answer.content)
            if status != 401:
                break
        raise Retry(f"YooKassa answered {status}")

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()


class Asking:
    """Makes the tasks that ask, and performs them."""

    def __init__(self, store: Store, sources: Sources, reference: PaymentReference) -> None:
        self._store = store
        self._sources = sources
        self._reference = reference

    async def perform(self, task: Task) -> Sequence[Append]:
        """Reads one payment and takes in what it tells; commits by itself, and a second run finds it there."""
        source = self._sources.get((task.payload["channel"], task.payload["source"]))
        if source is None:
            raise Retry("there is no such source")
        id_, told_at = task.payload["provider_payment_id"], datetime.fromisoformat(task.payload["told_at"])
        payment = await self._reference.payment(source, id_)
        if payment is None:
            return ()
        try:
            notices = yookassa.notices(payment, source, told_at)
        except Ignored:
            return ()
        except Unreadable as error:
            raise Retry(f"YooKassa's answer: {error.reason}") from None
        if any(notice.provider_payment_id != id_ for notice in notices):
            raise Retry("YooKassa answered with another payment")
        await self._take(task, source, notices)
        return ()

    async def _take(self, task: Task, source: Source, notices: Sequence[PaymentNotice | RefundNotice]) -> None:
        told = [Told(source.channel, one, task.cause, UUID(task.payload["request_id"])) for one in notices]
        async with self._store.pool.acquire() as connection, connection.transaction():
            _, decisions = await receive(connection, self._store.service, told)
            appended = await append_all(connection, decisions)
        self._store.count(decisions, appended)


def asking(request: RawRequest, notice: Unproven) -> NewTask:
    """The task that asks for the payment of a notification."""
    return NewTask(
        deterministic_id("payment", "ask", request.id),
        ASK,
        {
            "channel": request.channel,
            "source": request.source,
            "provider_payment_id": notice.provider_payment_id,
            "request_id": str(request.id),
            "told_at": request.received_at.isoformat(),
        },
        request.received_at,
        Cause(f"provider:{request.channel}", request.id, request.id, request.traceparent),
    )


def _read(content: bytes) -> dict[str, Any]:
    if len(content) > LARGEST_ANSWER:
        raise Retry("YooKassa's answer is too large")
    try:
        return json_object(content)
    except Unreadable as error:
        raise Retry(f"YooKassa's answer: {error.reason}") from None
