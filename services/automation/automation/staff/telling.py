"""Telling colleagues: who is responsible is looked up at the moment of telling, the feed is told by an event, and each
letter is a task of its own, ordered in the transaction of that event.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from pathlib import Path
from typing import Final

import asyncpg
from events.contracts.automation import StaffNotificationFailed, StaffNotificationRequested, StaffNotified
from events.event import Event
from events.sqlfile import sql as _sql
from events.store import Append
from events.tasks import Done, PutOff, Task

from automation.messages.media.port import Refused
from automation.messages.smtp import Server, address
from automation.parts import Language
from automation.staff.work import letter
from automation.timing import reading

WAIT: Final = timedelta(seconds=15)
"""What is said until so long after the request tells who is responsible, once it has been read; or nobody is."""
SUBJECT_CHARACTERS: Final = 120

sql = partial(_sql, directory=Path(__file__).parent / "sql")

_WORDS: Final = {
    "ru": {"customer_id": "Клиент", "lead_id": "Заявка", "deal_id": "Сделка"},
    "en": {"customer_id": "Customer", "lead_id": "Lead", "deal_id": "Deal"},
}


@dataclass(frozen=True)
class Telling:
    """The handler of the task that finds out whom to tell."""

    pool: asyncpg.Pool
    now: Callable[[], datetime]

    async def __call__(self, task: Task) -> Done:
        """The event, with the letters that follow; raises ``PutOff`` while it is not known who is responsible."""
        asked = StaffNotificationRequested.model_validate(task.payload)
        recipients = list(asked.recipients)
        if asked.responsible:
            subjects = [str(one) for one in (asked.deal_id, asked.lead_id, asked.customer_id) if one is not None]
            async with self.pool.acquire() as connection:
                read_until = (await reading.moment_of(connection)).read_until
                row = await connection.fetchrow(sql("responsible_now"), subjects, task.id)
            assert row is not None
            if row["responsible"] is None and (read_until is None or read_until < row["asked_at"] + WAIT):
                raise PutOff("it is not known yet who is responsible", 1.0)
            recipients += [row["responsible"]] if row["responsible"] else []
        event = _told(asked, tuple(dict.fromkeys(recipients)))
        decision = Append(asked.notification_id, 1, [event], task.cause, self.now())
        if not isinstance(event, StaffNotified) or not asked.by_email:
            return Done([decision])
        rows = await self.pool.fetch(sql("staff_written_to"), event.recipients)
        return Done([decision], [letter(event, row["login"], task.due_at, task.cause) for row in rows])


@dataclass(frozen=True)
class Writing:
    """The handler of the task that writes one letter."""

    pool: asyncpg.Pool
    server: Server
    sender: Address
    language: Language

    async def __call__(self, task: Task) -> Sequence[Append]:
        """Sends; a letter that is refused for good, or is not wanted any more, is left: the feed has it."""
        rows = await self.pool.fetch(sql("staff_written_to"), [task.payload["login"]])
        to = address(rows[0]["email"]) if rows else None
        if to is None:
            return ()
        with suppress(Refused):
            await self.server.send(self._composed(task, to))
        return ()

    def _composed(self, task: Task, to: Address) -> EmailMessage:
        """The same bytes for the same task, so that a repeat is known by its ``Message-ID``."""
        words, payload = _WORDS[self.language], task.payload
        message = EmailMessage(policy=SMTP)
        message["From"] = self.sender
        message["To"] = to
        message["Subject"] = payload["text"][:SUBJECT_CHARACTERS]
        message["Date"] = datetime.fromisoformat(payload["written_at"])
        message["Message-ID"] = f"<{task.id}@{self.sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        about = [f"{words[name]}: {payload[name]}" for name in ("customer_id", "lead_id", "deal_id") if name in payload]
        message.set_content("\n".join([payload["text"], "", *about]) + "\n", cte="base64")
        return message


def _told(asked: StaffNotificationRequested, recipients: tuple[str, ...]) -> Event:
    about = {name: getattr(asked, name) for name in ("notification_id", "customer_id", "lead_id", "deal_id", "cause")}
    if not recipients:
        return StaffNotificationFailed(**about, reason="no_recipient")
    return StaffNotified(**about, text=asked.text, recipients=recipients, urgent=asked.urgent)
