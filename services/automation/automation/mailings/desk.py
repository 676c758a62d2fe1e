"""What the routes of mailings do: commands with the work they begin or end, and how far a mailing is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.auth import Principal
from events.calls import cause_of_call, directions_of
from events.contracts.automation import MailingPrepared, MessageFailed, MessageRequested
from events.cursor import read_cursor, write_cursor
from events.event import Event
from events.problems import Conflict, Invalid, NotFound
from events.second_wall import across_lines
from events.sqlfile import sql
from events.store import Append, Connection, Store, load
from events.store import Cause as Origin
from events.tasks import add

from automation.actions.effect import Known as Named
from automation.definitions import Change, Definitions, alone
from automation.lists import asking
from automation.mailings.domain import MAILING, Command, Known, Prepare, Start, Stop
from automation.mailings.domain import Mailing as State
from automation.mailings.models import (
    Added,
    Mailing,
    MailingDetails,
    MailingPage,
    NewMailing,
    Progress,
    Recipient,
    RecipientPage,
    RecipientState,
)
from automation.mailings.sending import SQL, add_recipients, first_task
from automation.messages.request import SERVICE
from automation.rules.models import pointed
from automation.rules.where_check import check_where
from automation.sequences.sequence import Send, unsendable
from automation.sight import COUNTS_ALL

_ADD = (
    "INSERT INTO mailings (mailing_id, title, template, state, revision, prepared_at)"
    " VALUES ($1, $2, $3, 'draft', 1, $4) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True)
class MailingDesk:
    """What the routes work with. ``named``: what a mailing may name now."""

    store: Store
    named: Callable[[], Awaitable[Named]]
    now: Callable[[], datetime]

    async def prepare(self, mailing_id: UUID, new: NewMailing, principal: Principal) -> MailingDetails:
        """Raises ``Invalid`` with every fault and its place, ``Conflict``."""
        _check(new, await self.named())
        prepared = MailingPrepared(
            mailing_id=mailing_id,
            title=new.title,
            template=new.template,
            media=new.media,
            per_minute=new.per_minute,
            purpose=None if new.purpose == SERVICE else new.purpose,
            where=new.where,
            list_id=new.list_id,
        )
        await self._run(mailing_id, Prepare(prepared), cause_of_call(principal))
        return await self.read(mailing_id)

    async def start(self, mailing_id: UUID, at: datetime | None, principal: Principal) -> MailingDetails:
        """Raises ``NotFound``, ``Conflict``, and ``Invalid`` where a draft has faults as things are now."""
        async with self.store.pool.acquire() as connection:
            known = await self._known(connection, mailing_id)
        if known.state == "draft":
            _check(known.prepared, await self.named())
        sees = directions_of(principal)
        command = Start(mailing_id, at or self.now(), None if sees is None else tuple(sees))
        await self._run(mailing_id, command, cause_of_call(principal))
        return await self.read(mailing_id)

    async def stop(self, mailing_id: UUID, principal: Principal) -> MailingDetails:
        """Raises ``NotFound``. What is over already stays so."""
        await self._run(mailing_id, Stop(), cause_of_call(principal))
        return await self.read(mailing_id)

    async def _run(self, mailing_id: UUID, command: Command, origin: Origin) -> None:
        async def keep(connection: Connection, change: Change[State]) -> Sequence[Append]:
            assert isinstance(change.state, Known)
            prepared = change.state.prepared
            match command:
                case Prepare():
                    await connection.execute(_ADD, mailing_id, prepared.title, prepared.template, self.now())
                case Start():
                    await add(connection, [first_task(prepared, command, origin)])
                case Stop():
                    return await self._called_back(connection, prepared, change.events, origin)
            return ()

        kept = Definitions("mailing", MAILING, frozenset({"no_mailing"}), self.store, self.now)
        await kept.run(mailing_id, command, origin, keep)

    async def _called_back(
        self, connection: Connection, mailing: MailingPrepared, events: Sequence[Event], origin: Origin
    ) -> list[Append]:
        """The messages that were requested and not begun: their work is taken away, and that is told."""
        rows = await connection.fetch(sql("requested_not_begun", SQL), mailing.mailing_id)
        called_back = []
        for row in rows:
            (requested, *_) = await load(connection, self.store.service, row["message_id"])
            assert isinstance(requested.event, MessageRequested)
            failed = MessageFailed(
                **requested.event.model_dump(include={"message_id", "customer_id", "medium", "template"}),
                reason="mailing_stopped",
                cause=requested.event.cause,
            )
            called_back.append(Append(row["message_id"], 1, [failed], origin, self.now()))
        return called_back

    async def add(self, mailing_id: UUID, customers: Sequence[UUID]) -> Added:
        """Adds recipients to a draft. Raises ``NotFound``, ``Conflict``."""
        async with self.store.pool.acquire() as connection, connection.transaction():
            await alone(connection, mailing_id)
            known = await self._known(connection, mailing_id)
            if known.state != "draft":
                raise Conflict("The mailing was started: nobody is added any more.", code="not_a_draft")
            added = await add_recipients(connection, mailing_id, customers)
            total = await connection.fetchval(sql("recipients_count", SQL), mailing_id)
        return Added(added=added, recipients=total)

    async def read(self, mailing_id: UUID) -> MailingDetails:
        """Raises ``NotFound``."""
        async with self.store.pool.acquire() as connection:
            history = await load(connection, self.store.service, mailing_id)
            known = await self._known(connection, mailing_id)
            of_list = await asking.of_mailing(connection, mailing_id)
            over_limit = await connection.fetchval("SELECT over_limit FROM mailings WHERE mailing_id = $1", mailing_id)
        with across_lines(COUNTS_ALL):
            rows = await self.store.pool.fetch(sql("progress", SQL), mailing_id)
        prepared = known.prepared
        is_draft = known.state == "draft"
        return MailingDetails(
            **prepared.model_dump(exclude={"purpose"}),
            purpose=prepared.purpose or SERVICE,
            over_limit=over_limit,
            faults=list(_faults(prepared, await self.named())) if is_draft else [],
            state=known.state,
            version=len(history),
            starts_at=known.at,
            list_reading=of_list,
            progress=_progress([dict(row) for row in rows]),
        )

    async def page(self, cursor: str | None, limit: int) -> MailingPage:
        """Mailings, newest first."""
        rows = await self.store.pool.fetch(sql("mailings_list", SQL), *read_cursor(cursor), limit + 1)
        found = [Mailing(**row) for row in rows[:limit]]
        last = found[-1] if len(rows) > limit else None
        return MailingPage(mailings=found, next=write_cursor(last.prepared_at, last.mailing_id) if last else None)

    async def recipients(
        self, mailing_id: UUID, state: RecipientState | None, after: UUID | None, limit: int, sees: list[str] | None
    ) -> RecipientPage:
        """A page of recipients in the lines of business ``sees``; None: in all."""
        first = after or UUID(int=0)
        rows = await self.store.pool.fetch(sql("recipients_list", SQL), mailing_id, first, state, limit + 1, sees)
        found = [Recipient(**row) for row in rows[:limit]]
        return RecipientPage(recipients=found, next=found[-1].customer_id if len(rows) > limit else None)

    async def _known(self, connection: Connection, mailing_id: UUID) -> Known:
        history = await load(connection, self.store.service, mailing_id)
        state = MAILING.fold(entry.event for entry in history)
        if not isinstance(state, Known):
            raise NotFound("There is no such mailing.")
        return state


def _check(mailing: NewMailing | MailingPrepared, named: Named) -> None:
    if wrong := list(_faults(mailing, named)):
        raise Invalid("The mailing has faults.", errors=pointed(wrong))


def _faults(new: NewMailing | MailingPrepared, named: Named) -> Iterator[str]:
    step = {"do": "send", "id": "mailing", "template": new.template, "media": new.media}
    yield from unsendable(Send.model_validate(step), named)
    if new.where:
        yield from (f".where: {fault}" for fault in check_where(new.where, MessageRequested))


def _progress(rows: Sequence[dict[str, int | str]]) -> Progress:
    by_state = {str(row["state"]): int(row["recipients"]) for row in rows}
    counted = ("opened", "clicked", "replied", "bounced", "unsubscribed")
    return Progress(
        recipients=sum(by_state.values()),
        **{state: by_state.get(state, 0) for state in ("waiting", "requested", "sent", "failed", "unconfirmed")},
        **{name: sum(int(row[name]) for row in rows) for name in counted},
    )
