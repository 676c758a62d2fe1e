"""The way every service is built and run.

    SERVICE = Service(name="leads", title="Leads", migrations=Path(…), routers=…, components=…, raw_routes=…)

    if __name__ == "__main__":
        run(SERVICE)

One process, one event loop: the HTTP API and the background parts of the roles it is given. Life cycle: listen →
reach the database (waiting for it and for its schema as long as it takes) → run → SIGTERM: /readyz 503 → drain →
close the port and finish requests → stop the parts together → close the pool.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from platform import python_version

import asyncpg
import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from events import api_keys, metrics, tracing
from events.api_keys import ApiKeys
from events.auth import Authenticator, Verifier
from events.budget import Budget
from events.compose import VERSION, compose
from events.database import Connecting, make_pool, sleep_unless
from events.edge import Edge
from events.expiry import Expiry
from events.health import Health
from events.heartbeat import Heartbeat
from events.service import Runtime, Service
from events.settings import ConfigurationError, Role, Settings
from events.supervisor import Component, Supervisor

__all__ = ["App", "Component", "Role", "Runtime", "Service", "build", "run"]

log = structlog.get_logger(__name__)

FIRST_WAIT_SECONDS = 5.0
FITTING_SECONDS = 2.0
POOL_CLOSE_SECONDS = 5.0


class App:
    """A service as an ASGI app. `running()` is its life; servers start it by the lifespan protocol.

    Should its life end by a fault after the start, the fault is put in `failure` and `on_failure` is called.
    """

    def __init__(self, service: Service, settings: Settings) -> None:
        self.service = service
        self.settings = settings
        self.health: Health | None = None
        self.failure: BaseException | None = None
        self.on_failure: Callable[[], None] = lambda: None
        self._edge: Edge | None = None
        self._told_to_stop: asyncio.Event | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http" and self._edge is not None:
            await self._edge(scope, receive, send)
        else:
            raise RuntimeError(f"{self.service.name} is not running, or asked for {scope['type']}")

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        started = False
        try:
            async with self.running():
                started = True
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except BaseException as error:
            await send({"type": f"lifespan.{'shutdown' if started else 'startup'}.failed", "message": str(error)})
            raise
        await send({"type": "lifespan.shutdown.complete"})

    def stop_soon(self) -> None:
        """Makes /readyz answer 503 from now on, and ends answers that go on for long; everything else goes on."""
        if self.health is not None:
            self.health.stopping = True
        if self._told_to_stop is not None:
            self._told_to_stop.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Runtime]:
        """Starts the service, and stops it at the end of the block. Raises ConfigurationError for a route that
        declares nothing and for two parts of one name.

        Entered after 5 s at most, even if the database is still away: then every route but the probes answers 503.
        """
        service, settings = self.service, self.settings
        stopping = asyncio.Event()
        connecting = Connecting(stopping, self._wait_for)
        pool = make_pool(settings, service.name, connecting)
        keys = _keys(settings, pool)
        authenticator = Authenticator(
            keys,
            _tokens(settings),
            Budget(per_second=settings.caller_requests_per_second),
            Budget(per_minute=settings.failed_credentials_per_minute),
        )
        runtime = Runtime(service.name, settings, pool, structlog.get_logger(service.name), authenticator, keys)
        self._told_to_stop = runtime.stopping
        _describe(service.name, pool)
        components = [*service.components(runtime), Expiry(service.name, pool, settings)]
        parts = [component for component in components if component.role in settings.roles]
        if twice := [name for name, times in Counter(part.name for part in parts).items() if times > 1]:
            raise ConfigurationError(f"Two parts have one name: {', '.join(twice)}")
        supervisors = [Supervisor(service.name, part, settings.stall_seconds) for part in parts]
        self.health = Health(pool, service.migrations, supervisors)
        self._edge, api = compose(service, runtime, self.health, components)
        if tracing.wanted():
            tracing.enable(service.name, settings.environment)
        opened = asyncio.get_running_loop().create_future()
        life = asyncio.create_task(self._live(pool, connecting, api, supervisors, stopping, opened))
        async with runtime.closing:
            try:
                await asyncio.wait([life, opened], timeout=FIRST_WAIT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if life.done():
                    await life
                life.add_done_callback(partial(self._ended, stopping))
                yield runtime
            finally:
                self.stop_soon()
                stopping.set()
                opened.cancel()
                await _end(life, settings.stop_seconds)
                await _close(pool)
                await asyncio.to_thread(tracing.disable)

    def _ended(self, stopping: asyncio.Event, life: asyncio.Task[None]) -> None:
        if stopping.is_set() or life.cancelled() or (error := life.exception()) is None:
            return
        log.error("service_failed", exc_info=error)
        self.failure = error
        self.on_failure()

    def _wait_for(self, reason: str) -> None:
        if self.health is not None:
            self.health.waiting_for = reason

    async def _live(
        self,
        pool: asyncpg.Pool,
        connecting: Connecting,
        api: ASGIApp,
        supervisors: Sequence[Supervisor],
        stopping: asyncio.Event,
        opened: asyncio.Future[None],
    ) -> None:
        """Waits for the database, its schema, and that the settings fit what is in it; opens the API, and keeps the
        background parts running until `stopping`.
        """
        health = self.health
        assert health is not None
        assert self._edge is not None
        await pool
        said = None
        while (reason := await health.database() or await health.misfit(self.settings.unfit_for)) is not None:
            self._wait_for(f"database: {reason}")
            if reason != said:
                log.warning("waiting_for_database", reason=reason)
            said = reason
            if await sleep_unless(stopping, 0.5):
                return
        connecting.waiting = False
        self._edge.api = api
        health.started = True
        opened.set_result(None)
        log.info("started", service=self.service.name, roles=sorted(self.settings.roles))
        async with asyncio.TaskGroup() as parts:
            # Behind PgBouncer a question may wait in its queue: silence tells nothing there.
            if self.settings.database_silence_seconds and self.settings.database_statement_cache:
                parts.create_task(Heartbeat(connecting, self.settings.database_silence_seconds).run(stopping))
            if type(self.settings).unfit_for is not Settings.unfit_for:
                parts.create_task(self._keep_fitting(health, stopping))
            for supervisor in supervisors:
                parts.create_task(supervisor.run(stopping), name=supervisor.name)

    async def _keep_fitting(self, health: Health, stopping: asyncio.Event) -> None:
        """Asks again whether settings and database fit: what is in the database may change."""
        while not await sleep_unless(stopping, FITTING_SECONDS):
            await health.look_whether_fit(self.settings.unfit_for)


async def _end(life: asyncio.Task[None], seconds: float) -> None:
    """Gives the background parts `seconds` to finish; then they are cancelled, which loses nothing: their work is
    transactional.
    """
    _, late = await asyncio.wait([life], timeout=seconds)
    if late:
        log.error("parts_not_stopped_in_time", seconds=seconds)
        life.cancel()
    await asyncio.gather(life, return_exceptions=True)


def _describe(service: str, pool: asyncpg.Pool) -> None:
    """Tells the release that runs, and the pool's connections as they are whenever somebody asks."""
    metrics.PROCESS.service = service
    metrics.BUILD_INFO.labels(service, VERSION, python_version()).set(1)
    connections: dict[str, Callable[[], int]] = {
        "busy": lambda: pool.get_size() - pool.get_idle_size(),
        "idle": pool.get_idle_size,
        "most": pool.get_max_size,
    }
    for state, number in connections.items():
        metrics.DATABASE_CONNECTIONS.labels(service, state).set_function(number)


async def _close(pool: asyncpg.Pool) -> None:
    try:
        await asyncio.wait_for(pool.close(), POOL_CLOSE_SECONDS)
    except (TimeoutError, asyncpg.InterfaceError, OSError):
        pool.terminate()


def _keys(settings: Settings, pool: asyncpg.Pool) -> ApiKeys:
    given = [*settings.api_keys, *([api_keys.bootstrap(settings.bootstrap_key)] if settings.bootstrap_key else [])]
    try:
        return ApiKeys(pool, given, settings.key_cache_seconds)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None


def _tokens(settings: Settings) -> Verifier | None:
    if not settings.oidc_issuer:
        return None
    from events.oidc import Tokens

    return Tokens(settings)


def build(service: Service, settings: Settings) -> App:
    """The service as an ASGI app with a lifespan; tests use `async with app.running()`."""
    return App(service, settings)


def run(service: Service, argv: Sequence[str] | None = None) -> None:
    """`python -m <service> [--roles api,relay,consumer,worker] [--host H] [--port P] [--print-settings]`, until
    SIGTERM.

    A faulty configuration is printed whole, and the process exits with 2.
    """
    from events.server import main

    main(service, argv)
