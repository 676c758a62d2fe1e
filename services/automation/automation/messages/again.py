"""A person orders that an unconfirmed message is said again: another message that says the same and is sent as any is.

Its id is made of that of the first, so it is ordered once, however often it is asked for; should it be unconfirmed too,
it can be ordered again itself. Who ordered it is the actor of its ``message.requested.v1``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.auth import Principal
from events.calls import cause_of_call, directions_of
from events.contracts.automation import MessageRequested
from events.problems import Conflict, NotFound
from events.store import Append, Store, append_one, deterministic_id, load
from events.tasks import add

from automation.definitions import alone
from automation.messages.request import work

_STATE = "SELECT state FROM messages WHERE message_id = $1 AND is_in_sight(NULL, NULL, customer_id, $2::text[])"


@dataclass(frozen=True)
class SendAgain:
    """What the route does."""

    store: Store
    now: Callable[[], datetime]

    async def __call__(self, message_id: UUID, principal: Principal) -> UUID:
        """The id of the message that says the same. Raises ``NotFound``, and ``Conflict`` where the first is not
        unconfirmed.
        """
        async with self.store.pool.acquire() as connection, connection.transaction():
            state = await connection.fetchval(_STATE, message_id, directions_of(principal))
            if state is None:
                raise NotFound("There is no such message.")
            if state != "unconfirmed":
                raise Conflict("Only a message that is unconfirmed is sent again.", code="not_unconfirmed")
            again = deterministic_id("message_again", message_id)
            await alone(connection, again)
            if await load(connection, self.store.service, again):
                return again
            (first, *_) = await load(connection, self.store.service, message_id)
            assert isinstance(first.event, MessageRequested)
            requested = first.event.model_copy(update={"message_id": again, "repeats": message_id})
            origin, at = cause_of_call(principal), self.now()
            await add(connection, [work(requested, at, origin)])
            await append_one(connection, Append(again, 0, [requested], origin, at))
        return again
