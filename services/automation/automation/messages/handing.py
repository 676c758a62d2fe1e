"""Handing over to a provider who knows no repeats: at most once, by a mark that is durable before anything is written.

The mark stands in the task. It is taken away where the provider said no, or was not reached: then nothing was done, and
the message is tried again. Where it is found when the task is taken again, the process died in between; that, and an
answer that was lost, is the end of the message: it is unconfirmed, and not handed over a second time. Only who holds
the task's lease sets the mark, so a worker that stood still for longer does not hand over what another one has.
"""

from __future__ import annotations

import asyncpg
import structlog
from events.sqlfile import sql
from events.tasks import Retry, Task

from automation.messages.media.calls import Unanswered
from automation.messages.media.port import Medium, Parcel, Refused
from automation.messages.request import MARK, HandedOver
from automation.messages.standing import SQL

log = structlog.get_logger(__name__)


class Unconfirmed(Exception):
    """The message was handed over, and nobody learnt whether it was taken."""

    def __init__(self, handed_over: HandedOver) -> None:
        super().__init__(handed_over.medium)
        self.handed_over = handed_over


async def hand_over(pool: asyncpg.Pool, task: Task, medium: Medium, parcel: Parcel) -> str | None:
    """The provider's id of the message. Raises :class:`Unconfirmed`, and what ``Medium.send`` raises."""
    if medium.knows_repeats:
        return await medium.send(parcel)
    at = await pool.fetchval(sql("mark_handed_over", SQL), task.id, task.lease, MARK, medium.name)
    if at is None:
        raise Retry("another worker has the message")
    try:
        return await medium.send(parcel)
    except Exception as error:
        if isinstance(error, Refused | Retry) and not isinstance(error, Unanswered):
            await pool.execute(sql("unmark_handed_over", SQL), task.id, task.lease, MARK)
            raise
        log.warning("message_unconfirmed", task=str(task.id), medium=medium.name, error=type(error).__name__)
        raise Unconfirmed(HandedOver(medium.name, at)) from None
