"""The life of a command on a sequence, and on a customer's way through it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.auth import Principal
from events.calls import cause_of_call
from events.decider import ATTEMPTS, Rejected
from events.problems import Conflict, Invalid, NotFound, Unavailable
from events.sqlfile import sql
from events.store import Append, Connection, Store, append_one, load
from events.store import Cause as Origin
from events.store import Conflict as Contested
from events.tasks import add

from automation.actions.effect import Known
from automation.definitions import Change, Definitions, alone
from automation.names import Named
from automation.rules.models import pointed
from automation.sequences import kept
from automation.sequences.enrolment import ENROLMENT, Inside, Leave, Pause, Resume
from automation.sequences.entering import entered, entry, way_of
from automation.sequences.kept import SEQUENCE, Kept, Save, Switch
from automation.sequences.models import Entered, Enterings, SequenceCard, Way
from automation.sequences.sequence import Definition, faults
from automation.sequences.shelf import SQL, NoSequence, Sequences
from automation.sequences.stepping import next_task

MAX_SEQUENCES = 500


@dataclass(frozen=True)
class SequenceDesk:
    """What the routes work with. ``known``: what steps may name now; ``named``: which rules name a sequence."""

    store: Store
    sequences: Sequences
    known: Callable[[], Awaitable[Known]]
    named: Named
    now: Callable[[], datetime]

    async def cards(self) -> list[SequenceCard]:
        """All sequences, by name."""
        names = await self.store.pool.fetch("SELECT sequence FROM sequences ORDER BY sequence")
        by_rules, known = await self.named("sequence"), await self.known()
        return [await self._read(row["sequence"], by_rules, known) for row in names]

    async def read(self, sequence: str) -> SequenceCard:
        """Raises ``NotFound``."""
        return await self._read(sequence, await self.named("sequence"), await self.known())

    async def _read(self, sequence: str, by_rules: Mapping[str, list[str]], known: Known) -> SequenceCard:
        return _card(*await self._kept.state(kept.stream_of(sequence)), by_rules, known)

    async def check(self, definition: Definition) -> list[str]:
        """What is wrong with it: ``.path: why``."""
        return list(faults(definition, await self.known()))

    async def save(
        self, sequence: str, definition: Definition, principal: Principal, expected: int | None
    ) -> SequenceCard:
        """A new version; the same again changes nothing. Raises ``Invalid``, ``StaleVersion``, ``Conflict``."""
        if wrong := await self.check(definition):
            raise Invalid("The sequence has faults.", errors=pointed(wrong))
        content = definition.model_dump(mode="json", exclude_none=True)
        content["exits"] = sorted(content["exits"])
        return await self._run(sequence, Save(sequence, content), principal, expected)

    async def switch(self, sequence: str, command: Switch, principal: Principal, expected: int | None) -> SequenceCard:
        """Opens, closes or halts it; it is opened only if it has no faults as things are now."""
        if command.state == "open" and (wrong := await self.check((await self.read(sequence)).definition)):
            raise Invalid("The sequence has faults.", errors=pointed(wrong))
        return await self._run(sequence, command, principal, expected)

    async def _run(
        self, sequence: str, command: kept.Command, principal: Principal, expected: int | None
    ) -> SequenceCard:
        async def keep(connection: Connection, change: Change[kept.State]) -> None:
            if change.is_first and await connection.fetchval("SELECT count(*) FROM sequences") >= MAX_SEQUENCES:
                raise Rejected("too_many_sequences", f"There are {MAX_SEQUENCES} sequences; no more are kept.")
            assert isinstance(change.state, Kept)
            row = sequence, change.revision, change.state.state, change.state.entered
            await connection.execute(sql("save_sequence", SQL), *row)

        by_rules, known, cause = await self.named("sequence"), await self.known(), cause_of_call(principal)
        change = await self._kept.run(kept.stream_of(sequence), command, cause, keep, expected)
        return _card(change.state, change.revision, by_rules, known)

    @property
    def _kept(self) -> Definitions[kept.Command, kept.State]:
        return Definitions("sequence", SEQUENCE, frozenset({"no_sequence"}), self.store, self.now, _alone)

    async def enter(self, sequence: str, customer_ids: Sequence[UUID], principal: Principal) -> Enterings:
        """Leads customers in, each by himself. Raises ``NotFound``, ``Conflict`` where it is not open."""
        origin = cause_of_call(principal)
        try:
            found = [Entered(customer_id=one, **await self._enter(sequence, one, origin)) for one in customer_ids]
        except NoSequence:
            await self.read(sequence)
            raise Conflict("The sequence was never opened.", code="not_open") from None
        return Enterings(customers=found)

    async def _enter(self, sequence: str, customer_id: UUID, origin: Origin) -> dict[str, str]:
        async with self.store.pool.acquire() as connection, connection.transaction():
            try:
                command = await entry(connection, self.sequences, sequence, customer_id, self.now())
                done = await entered(connection, self.sequences, command, origin)
                await add(connection, done.tasks)
                appended = await append_one(connection, done.decisions[0])
            except Rejected as rejected:
                if rejected.code == "not_open":
                    raise Conflict(str(rejected), code="not_open") from None
                return {"outcome": "refused", "reason": rejected.code}
            except Contested:
                return {"outcome": "refused", "reason": "inside_already"}
        self.store.count(done.decisions, [appended])
        return {"outcome": "entered"}

    async def move(
        self, sequence: str, customer_id: UUID, command: Pause | Resume | Leave, principal: Principal
    ) -> Way:
        """Pauses, resumes or ends a way. Raises ``NotFound``, ``Unavailable``."""
        for _ in range(ATTEMPTS):
            try:
                return await self._move(sequence, customer_id, command, cause_of_call(principal))
            except Contested:
                continue
            except Rejected as rejected:
                raise NotFound(str(rejected)) from None
        raise Unavailable("The customer is being led on at this moment.", retry_after=1)

    async def _move(self, sequence: str, customer_id: UUID, command: Pause | Resume | Leave, origin: Origin) -> Way:
        async with self.store.pool.acquire() as connection, connection.transaction():
            stream = await way_of(connection, sequence, customer_id)
            history = await load(connection, self.store.service, stream)
            state = ENROLMENT.fold(entry.event for entry in history)
            if not history:
                raise Rejected("not_inside", "The customer is not inside this sequence.")
            events = ENROLMENT.decide(command, state)
            after = ENROLMENT.fold(events, state)
            decision = Append(stream, len(history), events, origin, self.now())
            if events and isinstance(after, Inside) and not after.is_paused:
                version = await self.sequences.version(connection, after.entered.sequence, after.entered.version)
                step = after.step or version.definition.steps[0].id
                due = max(after.until or self.now(), self.now())
                await add(connection, [next_task(after.entered, step, after.resumed, due, origin)])
            appended = [await append_one(connection, decision)] if events else []
        self.store.count([decision] if events else [], appended)
        return Way(
            enrolment_id=stream,
            state="left" if not isinstance(after, Inside) else "paused" if after.is_paused else "inside",
        )


async def _alone(connection: Connection) -> None:
    """All of them, for they are counted."""
    await alone(connection, "sequences")


def _card(state: kept.State, revision: int, by_rules: Mapping[str, list[str]], known: Known) -> SequenceCard:
    if not isinstance(state, Kept):
        raise NotFound("There is no such sequence.")
    definition = Definition.model_validate(state.definition)
    return SequenceCard(
        id=state.sequence,
        state=state.state or "draft",
        version=state.version,
        entered_version=state.entered,
        revision=revision,
        named_by=by_rules.get(state.sequence, []),
        faults=list(faults(definition, known)),
        definition=definition,
    )
