"""The PostgreSQL pool of a service: asyncpg, UTC, limits on statements, locks, idle transactions and silence."""

import asyncio
import socket
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from typing import Any
from weakref import WeakSet

import asyncpg
import structlog

from events import second_wall
from events.settings import Settings

log = structlog.get_logger(__name__)

LONGEST_PAUSE = 5.0
RELEASE_SECONDS = 2.0
SILENCE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 15_000}
"""When the kernel gives up a server whose packets stay away, tcp(7): seconds and probes, the last in milliseconds. Its
own limits are two hours for a connection that only waits, and a quarter of an hour for one that has sent something."""

ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""Whatever asyncpg raises. The last is what it says of a connection that was cut while somebody held it."""

AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    # What asyncpg says of a connection that was cut while it was being handed out.
    asyncpg.InternalClientError,
)


def is_database_away(error: BaseException) -> bool:
    """True if PostgreSQL cannot be reached, or cannot do it now: worth another try, nobody's fault."""
    if isinstance(error, AWAY):
        return True
    if isinstance(error, asyncpg.InterfaceError):
        # "connection is closed", "pool is closing": asyncpg has no class of its own for them
        return "clos" in str(error) and not isinstance(error, ValueError)
    return isinstance(error, OSError | TimeoutError) and _raised_in(error, "asyncpg")


def _raised_in(error: BaseException, package: str) -> bool:
    step = error.__traceback__
    while step is not None:
        if str(step.tb_frame.f_globals.get("__name__", "")).partition(".")[0] == package:
            return True
        step = step.tb_next
    return False


class Connecting:
    """Connects for the pool. While `waiting` it tries for ever, so that a service may start before its database; then
    once, and not at all while the database is `silent`.
    """

    def __init__(self, stopping: asyncio.Event, say: Callable[[str], None]) -> None:
        self.waiting = True
        self.silent = False
        self._stopping = stopping
        self._say = say
        self._where: tuple[Any, ...] = ()
        self._how: Mapping[str, Any] = {}
        self._made: WeakSet[asyncpg.Connection] = WeakSet()

    async def anew(self) -> asyncpg.Connection:
        """A connection to where the pool connects to, even if it is silent."""
        connection: asyncpg.Connection = await asyncpg.connect(*self._where, **self._how)
        _bound_silence(connection._transport)  # type: ignore[attr-defined]
        self._made.add(connection)
        return connection

    def break_off(self) -> None:
        """Who waits for an answer on any connection is told that it is closed; there are no new ones for now."""
        self.silent = True
        for connection in list(self._made):
            if not connection.is_closed():
                connection._transport.abort()  # type: ignore[attr-defined]

    async def __call__(self, *where: Any, **how: Any) -> asyncpg.Connection:
        self._where, self._how = where, how
        pause = 0.2
        while True:
            if self.silent:
                raise asyncpg.CannotConnectNowError("the database says nothing")
            try:
                return await self.anew()
            except Exception as error:
                if not (self.waiting and is_database_away(error)) or self._stopping.is_set():
                    raise
                self._say(f"the database does not answer ({type(error).__name__})")
                log.warning("database_away", error=type(error).__name__, pause_seconds=round(pause, 1))
            await sleep_unless(self._stopping, pause)
            pause = min(pause * 1.7, LONGEST_PAUSE)


def _bound_silence(transport: asyncio.Transport) -> None:
    """A host that is gone says nothing: without this, each connection to it hangs for as long as a statement may."""
    one = transport.get_extra_info("socket")
    if one.family != socket.AF_UNIX:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in SILENCE.items():
            if hasattr(socket, name):  # all of them on Linux
                one.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


class Connection(asyncpg.Connection):
    """asyncpg's; `is_held` while its user reads behind the second wall, in one transaction from beginning to end."""

    is_held = False

    def transaction(self, **options: Any) -> AbstractAsyncContextManager[Any]:  # type: ignore[override]
        """A transaction; where it is held, that is the one that it is in: read only, of one snapshot."""
        return nullcontext() if self.is_held else super().transaction(**options)


async def _hold(connection: Any) -> None:
    """Before a connection is handed out: for a caller who is limited to lines of business, the second wall."""
    if (opening := second_wall.opening()) is not None:
        connection._con.is_held = True
        await connection.execute(opening)


class Pool(asyncpg.Pool):
    """asyncpg's, which does not wait for an answer to a cancelled statement for as long as a statement may run.

    A server that has not answered in `RELEASE_SECONDS` answers on no other connection either: all are made anew.
    """

    async def release(self, connection: Any, *, timeout: float | None = None) -> None:
        """Gives a connection back, or breaks it off; of trouble with that its user need not know."""
        seconds = timeout or RELEASE_SECONDS
        try:
            try:
                await _let_go(connection, seconds)
            finally:
                await super().release(connection, timeout=seconds)
        except TimeoutError:
            await self.expire_connections()


async def _let_go(connection: Any, seconds: float) -> None:
    held = connection._con
    if held is not None and held.is_held:
        held.is_held = False
        with suppress(*ERRORS):  # it was only read
            await held.execute("COMMIT", timeout=seconds)


async def sleep_unless(stopping: asyncio.Event, seconds: float) -> bool:
    """Sleeps, or returns True at once when `stopping` is set."""
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return False
    return True


def make_pool(settings: Settings, service: str, connect: Connecting) -> asyncpg.Pool:
    """The pool, not connected yet: `await` it. Text and JSON go in and out as they are; no codecs are set.

    It connects to no standby: of several hosts in the address it takes the primary, and of one it waits until it is.
    """
    return Pool(
        settings.database_url.get_secret_value(),
        min_size=settings.database_pool_min,
        max_size=settings.database_pool_max,
        timeout=settings.database_connect_seconds,
        # The server's own limit does not reach us over a connection that went dead without a word.
        command_timeout=settings.database_statement_seconds + 5 if settings.database_statement_seconds else None,
        statement_cache_size=settings.database_statement_cache,
        server_settings=_session(settings, service),
        target_session_attrs="primary",
        connect=connect,
        setup=_hold,
        reset=_keep,
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        loop=None,
        connection_class=Connection,
        record_class=asyncpg.Record,
    )


async def _keep(connection: asyncpg.Connection) -> None:
    """Saves the round trip by which asyncpg clears a session at every release: no state is ever kept in one (settings
    and advisory locks are the transaction's own). A transaction left open is rolled back before this is called.
    """


def _session(settings: Settings, service: str) -> dict[str, str]:
    session = {"application_name": f"voronka-{service}", "timezone": "UTC"}
    if settings.database_statement_cache == 0:
        # PgBouncer refuses start-up parameters it does not track; there the limits are set on the database role.
        return session
    limits = {
        "statement_timeout": settings.database_statement_seconds,
        "lock_timeout": settings.database_lock_seconds,
        # A process that stands still keeps its locks until the server ends its transaction. The first limit does it,
        # but neither between the preparation of a statement and its execution nor while an answer waits to be read.
        "idle_in_transaction_session_timeout": settings.database_idle_seconds,
        "transaction_timeout": settings.database_transaction_seconds,
    }
    if not settings.database_transaction_seconds:
        del limits["transaction_timeout"]
    return session | {name: str(int(seconds * 1000)) for name, seconds in limits.items()}
