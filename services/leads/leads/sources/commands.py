"""The life of a change to a source: read its row, decide, write the row and append the event, in one transaction."""

from collections.abc import Callable
from datetime import datetime

from events.decider import Rejected
from events.privacy import MasterKey
from events.problems import Conflict, NotFound, StaleVersion
from events.store import Append, Cause, Connection, Store, append_one

from leads.sources.domain import Change, Setup, told
from leads.sources.live import LiveSources
from leads.sources.rows import COLUMNS, Stored, Unopenable, save, source_id, stored

_READ = f"SELECT {COLUMNS} FROM sources WHERE channel = $1 AND name = $2"  # noqa: S608

Decide = Callable[[Setup], Setup]


class SourceCommands:
    """Changes sources of the table; those of the file are refused."""

    def __init__(self, store: Store, master: MasterKey, live: LiveSources) -> None:
        self.store = store
        self.live = live
        self._master = master

    async def read(self, channel: str, name: str, connection: Connection | None = None) -> Stored | None:
        """The source as it is stored, None if it is not. Raises :class:`Conflict` for one that cannot be opened."""
        row = await (connection or self.store.pool).fetchrow(_READ, channel, name)
        try:
            return None if row is None else stored(row, self._master)
        except Unopenable:
            raise Conflict(
                "The secrets of this source cannot be opened: it was set up under another master key."
            ) from None

    async def change(
        self,
        channel: str,
        name: str,
        decide: Decide,
        change: Change,
        cause: Cause,
        now: datetime,
        expected_version: int | None = None,
        *,
        creates: bool = False,
    ) -> Stored:
        """Decides and appends; returns after commit, when this process knows the change.

        Raises :class:`NotFound`, :class:`StaleVersion`, and :class:`Conflict` where a rule refuses, the file has the
        source, or somebody else was faster.
        """
        if (channel, name) in self.live.fixed:
            raise Conflict("This source is set up by the file of sources.", hint="rule: source_of_the_file")
        async with self.store.pool.acquire() as connection, connection.transaction():
            old = await self.read(channel, name, connection)
            if old is None and not creates:
                raise NotFound("There is no such source.")
            if expected_version is not None and expected_version != (old.version if old else 0):
                raise StaleVersion(f"The source is at version {old.version if old else 0}.")
            try:
                setup = decide(old.setup if old else Setup())
            except Rejected as rejected:
                raise Conflict(str(rejected), hint=f"rule: {rejected.code}") from None
            if old is not None and setup == old.setup:
                return old
            new = Stored(channel, name, (old.version if old else 0) + 1, setup, now, cause.actor)
            if not await save(connection, new, self._master):
                raise Conflict("Somebody else has changed this source at the same moment.")
            decision = Append(
                source_id(channel, name), new.version - 1, [told(channel, name, setup, change)], cause, now
            )
            appended = await append_one(connection, decision)
        self.store.count([decision], [appended])
        await self.live.look()
        return new
