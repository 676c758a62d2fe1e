"""Sends the letters that rules requested: a durable task each, run by a worker outside of any transaction.

Exactly one effect: ``message.requested.v1`` and the task are written in one transaction, ``message.sent.v1`` and the
task's end in another, and a lease keeps two workers off one letter (a letter must be taken in less time than a lease
lasts). What no client of SMTP can close is the window between the server's "250" and our commit: if the process dies
there, or the answer is lost, the letter is handed over again when the lease has run out. It is then the same letter
byte for byte, with the same ``Message-ID``, by which mailboxes recognise a repeat; and one ``message.sent.v1``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import asyncpg
from events.contracts.automation import Cause, MessageFailed, MessageRequested, MessageSent
from events.event import Event
from events.privacy import CustomerKey, Keys
from events.sqlfile import sql
from events.store import Append
from events.store import Cause as Origin
from events.tasks import NewTask, Retry, Task

from automation.messages.letters import Templates
from automation.messages.smtp import Refused, Server, address, compose
from automation.parts import Language

KIND = "send_email"
GIVE_UP_AFTER = 36
"""Attempts: with pauses of at most an hour this is a little over a day."""
NO_EMAIL_AFTER = 6
"""Attempts, the first ones within eight seconds: an address that is on its way has arrived by then."""

_SQL = Path(__file__).parent / "sql"


def work(requested: MessageRequested, written_at: datetime, origin: Origin) -> NewTask:
    """The task that sends a requested letter; its id is the letter's. It holds no personal data."""
    payload = {
        "customer_id": str(requested.customer_id),
        "template": requested.template,
        "written_at": written_at.isoformat(),
        "cause": requested.cause.model_dump(mode="json") if requested.cause else None,
        "link": requested.link,
    }
    caused_by_request = Origin(
        origin.actor, origin.correlation_id, uuid5(requested.message_id, "1"), origin.traceparent
    )
    return NewTask(requested.message_id, KIND, payload, written_at, caused_by_request)


@dataclass(frozen=True)
class Sending:
    """The handler of the task: reads the contact, opens it with the customer's key, renders, hands over."""

    pool: asyncpg.Pool
    keys: Keys
    templates: Templates
    server: Server
    sender: Address
    language: Language
    company: str
    now: Callable[[], datetime]

    async def __call__(self, task: Task) -> Sequence[Append]:
        """Raises ``Retry``, or whatever stood in the way and may pass."""
        try:
            recipient, name, link = await self._recipient(task)
            letter = self.templates.render(
                task.payload["template"], self.language, name=name, company=self.company, link=link
            )
            written_at = datetime.fromisoformat(task.payload["written_at"])
            await self.server.send(compose(task.id, letter, self.sender, recipient, written_at))
        except Refused as refused:
            return self._failed(task, refused.reason)
        return self._said(task, MessageSent(**_common(task), attempts=task.attempts))

    def abandoned(self, task: Task, reason: str) -> Sequence[Append]:
        """What is said when the worker gives up; ``reason`` is that of the last attempt."""
        return self._failed(task, f"gave_up: {reason}")

    async def _recipient(self, task: Task) -> tuple[Address, str | None, str | None]:
        """Address, name and the link that the letter tells."""
        customer_id = UUID(task.payload["customer_id"])
        contact = await self.pool.fetchrow(sql("contact", _SQL), customer_id)
        if contact is None:
            raise Retry("the customer's card has not arrived yet", _soon(task))
        if contact["erased"]:
            raise Refused("customer_erased")
        if not contact["emails"]:
            if task.attempts < NO_EMAIL_AFTER:
                raise Retry("no e-mail address is known yet", _soon(task))
            raise Refused("no_email")
        key = (await self.keys.read([customer_id])).get(customer_id)
        if key is None:
            raise Refused("customer_erased")
        name = key.open(contact["name"]) if contact["name"] else None
        return _newest_valid(contact["emails"], key), name, _link(task, key)

    def _failed(self, task: Task, reason: str) -> Sequence[Append]:
        return self._said(task, MessageFailed(**_common(task), reason=reason))

    def _said(self, task: Task, event: Event) -> Sequence[Append]:
        return [Append(task.id, 1, [event], task.cause, self.now())]


def _link(task: Task, key: CustomerKey) -> str | None:
    """Tasks that were stored before letters told links have none."""
    sealed = task.payload.get("link")
    opened = key.open(sealed) if sealed else None
    if sealed and opened is None:
        raise Refused("unreadable")
    return opened


def _newest_valid(sealed: Sequence[str], key: CustomerKey) -> Address:
    opened = [text for text in map(key.open, reversed(sealed)) if text is not None]
    if not opened:
        raise Refused("unreadable")
    valid = next(filter(None, map(address, opened)), None)
    if valid is None:
        raise Refused("invalid_address")
    return valid


def _soon(task: Task) -> float:
    return float(min(0.125 * 2**task.attempts, 3600))


def _common(task: Task) -> dict[str, Any]:
    cause = task.payload["cause"]
    return {
        "message_id": task.id,
        "customer_id": UUID(task.payload["customer_id"]),
        "medium": "email",
        "template": task.payload["template"],
        "cause": Cause.model_validate(cause) if cause else None,
    }
