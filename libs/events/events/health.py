"""Probes: `/livez` (does it move?), `/readyz` (may it get work?), `/startupz` (has it started?), for Kubernetes and
people.

`/livez` looks only at the service's own progress: a database that is down must not get pods killed. `/readyz` asks
the database, the schema version, a commit and every part, all within 800 ms, because Kubernetes gives a probe one
second by default.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import orjson
from starlette.responses import Response

from events.database import is_database_away
from events.migrate import applied_version, expected_version
from events.problems import Unavailable
from events.second_wall import across_lines

if TYPE_CHECKING:
    from events.supervisor import Supervisor

READY_SECONDS = 0.8
COMMIT_SECONDS = 5.0
"""How long a commit may take: senders of requests are refused after as long (`intake.STORE_SECONDS`)."""
_COMMIT = "SELECT pg_logical_emit_message(true, 'voronka', '')"
"""The least that has to be in the log of PostgreSQL, and on its synchronous standby, before it is answered: a hundred
bytes. No table changes."""


@dataclass
class Health:
    """What the probes look at. `started` and `stopping` are set by the life cycle of the service."""

    pool: asyncpg.Pool
    migrations: Path
    supervisors: Sequence["Supervisor"] = ()
    started: bool = False
    stopping: bool = False
    waiting_for: str = "starting"
    unfit: str | None = None
    expected_version: str = field(init=False)
    _committing: asyncio.Task[None] | None = field(init=False, default=None)
    _uncommitted_since: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.expected_version = expected_version(self.migrations)

    async def livez(self) -> Response:
        """200 with the state of every part; 503 if one has made no progress for `stall_seconds`."""
        now = time.monotonic()
        stalled = [part.name for part in self.supervisors if part.stalled(now)]
        body = {
            "status": "stalled" if stalled else "alive",
            "parts": [
                {"name": part.name, "state": part.state(now), "seconds_since_progress": round(part.idle(now), 1)}
                for part in self.supervisors
            ],
        }
        return _json(body, 503 if stalled else 200)

    async def startupz(self) -> Response:
        """200 once the database was reached at the expected schema and the parts run."""
        if self.started:
            return _json({"status": "started"})
        return self.not_started().response()

    def not_started(self) -> Unavailable:
        """What is answered until the service has started."""
        return Unavailable(f"Not started: {self.waiting_for}.", retry_after=2)

    async def readyz(self) -> Response:
        """200 if work may be sent here, else a problem that lists every reason."""
        reasons = await self.reasons()
        if not reasons:
            return _json({"status": "ready"})
        problem = Unavailable(
            "Not ready: " + "; ".join(f"{part}: {why}" for part, why in reasons.items()), retry_after=1
        )
        return problem.response()

    async def reasons(self) -> dict[str, str]:
        """Why the service is not ready, by part; empty if it is."""
        if self.stopping:
            return {"service": "stopping"}
        if not self.started:
            return {"service": self.waiting_for}
        if self.unfit:
            return {"database": self.unfit}
        checks: dict[str, Awaitable[str | None]] = {"database": self.database(), "commit": self.commit()}
        checks |= {part.name: part.ready() for part in self.supervisors}
        return await _within(READY_SECONDS, checks)

    async def database(self) -> str | None:
        """None if the database answers and its schema is at the expected version or newer, else the reason."""
        return await self._asked(self._schema)

    async def commit(self, patience: float = READY_SECONDS / 2) -> str | None:
        """None unless commits have not been answered for `COMMIT_SECONDS`: no limit of a statement bounds them, and
        reads are answered meanwhile. Waits `patience` seconds for the one that it asks for; one that hangs is waited
        for by the next caller too, so that they do not pile up in the server.
        """
        if self._uncommitted_since is None:
            self._uncommitted_since = time.monotonic()
        if self._committing is None or self._committing.done():
            with across_lines("a commit is asked for in nobody's name"):
                self._committing = asyncio.create_task(self._commit())
        await asyncio.wait({self._committing}, timeout=patience)
        if self._uncommitted_since is None:
            return None
        waited = time.monotonic() - self._uncommitted_since
        return f"not answered for {waited:.0f} s" if waited >= COMMIT_SECONDS else None

    async def _commit(self) -> None:
        if await self._asked(_commit) is None:
            self._uncommitted_since = None

    async def misfit(self, unfit: Callable[[Any], Awaitable[str | None]]) -> str | None:
        """What `unfit` says of the database (`Settings.unfit_for`), or why it cannot be asked."""
        return await self._asked(unfit)

    async def look_whether_fit(self, unfit: Callable[[Any], Awaitable[str | None]]) -> None:
        """Keeps what `unfit` says of the database; while that cannot be asked, what it said before."""
        try:
            async with self.pool.acquire(timeout=READY_SECONDS) as connection:
                self.unfit = await unfit(connection)
        except Exception as error:
            if not (isinstance(error, TimeoutError) or is_database_away(error)):
                raise

    async def _asked(self, question: Callable[[Any], Awaitable[str | None]]) -> str | None:
        try:
            async with self.pool.acquire(timeout=READY_SECONDS) as connection:
                return await question(connection)
        except TimeoutError:
            return "no connection came free in time"
        except Exception as error:
            if is_database_away(error):
                return f"does not answer ({type(error).__name__})"
            raise

    async def _schema(self, connection: Any) -> str | None:
        applied = await applied_version(connection)
        if applied is None or applied < self.expected_version:
            return f"schema is at {applied or 'nothing'}, {self.expected_version} is expected: run the migrations"
        return None


async def _commit(connection: Any) -> None:
    with suppress(asyncpg.InsufficientPrivilegeError):  # that is an answer too
        await connection.execute(_COMMIT)


async def _within(seconds: float, checks: Mapping[str, Awaitable[str | None]]) -> dict[str, str]:
    tasks = {name: asyncio.ensure_future(check) for name, check in checks.items()}
    await asyncio.wait(tasks.values(), timeout=seconds)
    reasons = {}
    for name, task in tasks.items():
        if not task.done():
            task.cancel()
            reasons[name] = f"no answer within {seconds:g} s"
        elif (error := task.exception()) is not None:
            reasons[name] = f"the check failed ({type(error).__name__})"
        elif (reason := task.result()) is not None:
            reasons[name] = reason
    return reasons


def _json(body: Mapping[str, object], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
