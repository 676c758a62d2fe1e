"""Click-to-call: a request of a manager becomes a durable task, and the task a command to the exchange.

A telephone must not ring twice for one click: the command is marked before the exchange is asked, so whoever finds the
mark at a later attempt knows that an answer was lost, and says so instead of asking again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
from events.blind_index import BlindIndex
from events.contracts.leads.interactions import CallPlaced, CallRefused
from events.event import Event
from events.outgoing import Outgoing, Refused, Trouble
from events.privacy import Keyring
from events.sources import Sources
from events.sqlfile import sql
from events.store import Append
from events.tasks import Retry, Task

from leads import index_key
from leads.identity.cards import members_of, root_of
from leads.interactions.exchanges import EXCHANGES, Wanted
from leads.interactions.reading import SQL
from leads.interactions.told import interaction_id

KIND: Final = "place_call"
EXPIRES: Final = timedelta(minutes=2)
"""A call that nobody waits for any more is not made."""
GIVE_UP_AFTER: Final = 20
_PHONE: Final = "SELECT phone_index FROM call_commands WHERE id = $1 AND in_form($2::uuid) IS NOT NULL"


@dataclass(frozen=True)
class Dialing:
    """The handler of the task; its id is the command's."""

    pool: asyncpg.Pool
    keyring: Keyring
    blind: BlindIndex
    sources: Sources
    outgoing: Outgoing
    public_url: str | None
    now: Callable[[], datetime]

    async def __call__(self, task: Task) -> Sequence[Append]:
        """Raises ``Retry`` where the exchange said that it cannot now, or could not be reached."""
        row = await self.pool.fetchrow("SELECT * FROM call_commands WHERE id = $1", task.id)
        if row is None:
            return ()
        if row["state"] == "requested":
            row = await self._place(task, row)
        elif row["state"] == "placing":
            row = await self._settle(task, "refused", "answer_lost")
        return self._said(task, row)

    def abandoned(self, task: Task, reason: str) -> Sequence[Append]:
        """What is said when the worker gives up."""
        refused = CallRefused(command_id=task.id, customer_id=UUID(task.payload["customer_id"]), reason="gave_up")
        return [Append(task.id, 1, [refused], task.cause, self.now())]

    async def _place(self, task: Task, row: asyncpg.Record) -> asyncpg.Record:
        if self.now() - row["requested_at"] > EXPIRES:
            return await self._settle(task, "refused", "expired")
        source, exchange = self.sources.get((row["intake"], row["source"])), EXCHANGES.get(row["intake"])
        if source is None or exchange is None:
            return await self._settle(task, "refused", "unknown_exchange")
        phone = await self._phone(row)
        if phone is None:
            return await self._settle(task, "refused", "no_phone")
        callback = f"{self.public_url}/in/{row['intake']}/{row['source']}" if self.public_url else None
        await self._mark(task, "placing")
        try:
            wanted = Wanted(task.id, row["extension"], phone, callback)
            call_id = await exchange.place(self.outgoing, source, wanted)
        except Refused as refused:
            return await self._settle(task, "refused", str(refused)[:200])
        except Trouble as trouble:
            if trouble.may_have_arrived:
                return await self._settle(task, "refused", "answer_lost")
            await self._mark(task, "requested")
            raise Retry(str(trouble), trouble.seconds) from None
        call = interaction_id(row["intake"], row["source"], call_id) if call_id else None
        return await self._settle(task, "placed", None, call)

    async def _phone(self, row: asyncpg.Record) -> str | None:
        """The card's phone of that index, or its newest; None where there is none or the customer is erased."""
        async with self.pool.acquire() as connection:
            root = (await root_of(connection, [row["customer_id"]])).get(row["customer_id"])
            members = (await members_of(connection, [root]))[root] if root else []
            cards = await connection.fetch("SELECT id, phones FROM customers WHERE id = ANY($1::uuid[])", members)
            keys = await self.keyring.read(connection, members)
            form = self.blind.form
            wanted = await connection.fetchval(_PHONE, row["id"], index_key.mark(self.blind, form))
        phones = [
            phone
            for card in sorted(cards, key=lambda card: card["id"] == row["customer_id"])
            if card["id"] in keys
            for phone in map(keys[card["id"]].open, card["phones"])
            if phone is not None
        ]
        if wanted is not None:
            phones = [phone for phone in phones if self.blind.of("phone", phone, form) == wanted.hex]
        return phones[-1] if phones else None

    async def _mark(self, task: Task, state: str) -> None:
        await self.pool.execute("UPDATE call_commands SET state = $2 WHERE id = $1", task.id, state)

    async def _settle(self, task: Task, state: str, reason: str | None, call: UUID | None = None) -> asyncpg.Record:
        row = await self.pool.fetchrow(sql("call_command_settle", SQL), task.id, state, reason, call)
        assert row is not None
        return row

    def _said(self, task: Task, row: asyncpg.Record) -> Sequence[Append]:
        ids = {"command_id": task.id, "customer_id": row["customer_id"]}
        event: Event = (
            CallPlaced(**ids, interaction_id=row["interaction_id"], attempts=task.attempts)
            if row["state"] == "placed"
            else CallRefused(**ids, reason=row["reason"])
        )
        return [Append(task.id, 1, [event], task.cause, self.now())]
