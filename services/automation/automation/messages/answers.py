"""The mailbox of the sender: letters that came back and answers to letters become events of their messages.

Letters are read, never changed, so people and leads may read the same mailbox. How far it was read is kept in the
transaction of the events; two processes that read at once tell the same once, for every outcome has a stream of its
own. A mailbox that was made anew (another UIDVALIDITY) is read again from a week ago.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from events.contracts.automation import MessageBounced, MessageDelivered, MessageReplied
from events.event import Event
from events.mailbox import Access, Mailbox, opened
from events.outgoing import Refused, Trouble
from events.sqlfile import sql
from events.store import Append, Cause, Store, append, deterministic_id

from automation.actions.effect import ACTOR
from automation.messages.heard import MOST_BYTES, Heard, hear
from automation.messages.sent import Sent, read
from automation.messages.standing import SQL

log = structlog.get_logger(__name__)

AT_ONCE: Final = 20
AGAIN_FROM: Final = timedelta(days=7)


@dataclass(frozen=True)
class Answers:
    """Looks into the mailbox. ``domain`` is that of the sender's address, by which our letters are called."""

    store: Store
    access: Access
    domain: str
    now: Callable[[], datetime]
    private_hosts: Set[str] = frozenset()

    async def look(self) -> int:
        """Reads what is new; 0, so that it is looked again after the pause. Trouble of the mailbox is logged: it is no
        trouble of this service.
        """
        try:
            async with opened(self.access, self.private_hosts) as mailbox:
                await self._read(mailbox)
                await mailbox.leave()
        except (Refused, Trouble) as trouble:
            log.warning("mailbox_of_answers", reason=str(trouble))
        return 0

    async def _read(self, mailbox: Mailbox) -> None:
        validity, following = await mailbox.place()
        row = await self.store.pool.fetchrow(sql("mailbox_place", SQL), self._name)
        if row is None:
            await self._keep([], validity, following - 1)
            return
        is_known = row["uidvalidity"] == validity
        since = None if is_known else (self.now() - AGAIN_FROM).date().isoformat()
        uids = await mailbox.after(row["uid"] if is_known else 0, since)
        for start in range(0, len(uids), AT_ONCE):
            some = uids[start : start + AT_ONCE]
            told = [hear(raw, self.domain) for _, raw in await mailbox.letters(some, MOST_BYTES)]
            await self._keep([heard for heard in told if heard], validity, max(some))

    async def _keep(self, heard: Sequence[Heard], validity: int, uid: int) -> None:
        async with self.store.pool.acquire() as connection, connection.transaction():
            messages = await read(connection, [one.message_id for one in heard])
            decisions = list(self._decisions(heard, messages))
            await connection.execute(sql("mailbox_keep_place", SQL), self._name, validity, uid)
            results = await append(connection, decisions) if decisions else []
        if decisions:
            self.store.count(decisions, results)

    def _decisions(self, heard: Sequence[Heard], messages: dict[UUID, Sent]) -> Iterator[Append]:
        for one in dict.fromkeys(heard):
            if one.message_id in messages:
                stream = deterministic_id(one.message_id, one.what)
                origin = Cause(ACTOR, one.message_id)
                yield Append(stream, 0, [_event(one, messages[one.message_id])], origin, self.now())

    @property
    def _name(self) -> str:
        return f"{self.access.user}@{self.access.host}/{self.access.folder}"


def _event(heard: Heard, sent: Sent) -> Event:
    match heard.what:
        case "bounced":
            return MessageBounced(**sent.names, code=heard.code, purpose=sent.purpose)
        case "delivered":
            return MessageDelivered(**sent.names)
        case "replied":
            return MessageReplied(**sent.names)
