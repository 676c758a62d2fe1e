"""Keeps one background part of a service running: restarts it with a growing pause, knows whether it moves, stops it
in time.
"""

import asyncio
import random
import time
from contextlib import suppress
from typing import Protocol

import structlog

from events import logs, metrics
from events.settings import Role

log = structlog.get_logger(__name__)

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0


class Component(Protocol):
    """Anything that runs in the background of a service: a relay, a consumer, a worker."""

    @property
    def name(self) -> str: ...

    @property
    def role(self) -> Role: ...

    async def run(self, stopping: asyncio.Event) -> None:
        """Works until `stopping` is set, then finishes what is in flight and returns in less than 20 s."""

    def last_progress(self) -> float:
        """`time.monotonic()` of the last completed turn of its loop, failed turns included."""

    async def ready(self) -> str | None:
        """None if it does its work, else the reason in plain words."""


class Supervisor:
    """Runs one component. A component that fails or ends by itself is started again, after 0.5 s, 1 s … 30 s."""

    def __init__(self, service: str, component: Component, stall_seconds: float) -> None:
        self.name = component.name
        self._service = service
        self._component = component
        self._stall_seconds = stall_seconds
        self._started: float | None = None
        self._failure: str | None = None
        self._restarts = metrics.COMPONENT_RESTARTS.labels(service, self.name)

    async def run(self, stopping: asyncio.Event) -> None:
        """Keeps the component running until `stopping`; never raises."""
        logs.role.set(self._component.role)
        idle = metrics.COMPONENT_IDLE.labels(self._service, self.name)
        idle.set_function(lambda: self.idle(time.monotonic()))
        try:
            await self._keep_running(stopping)
        finally:
            with suppress(KeyError):
                metrics.COMPONENT_IDLE.remove(self._service, self.name)

    async def _keep_running(self, stopping: asyncio.Event) -> None:
        pause = FIRST_PAUSE
        while not stopping.is_set():
            self._started, self._failure = time.monotonic(), None
            try:
                await self._component.run(stopping)
                self._failure = "ended by itself"
            except Exception as error:
                self._failure = type(error).__name__
                log.exception("component_failed", component=self.name)
            if stopping.is_set():
                break
            if time.monotonic() - self._started > 2 * LONGEST_PAUSE:
                pause = FIRST_PAUSE
            self._started = None
            self._restarts.inc()
            log.warning("component_restarts", component=self.name, reason=self._failure, pause_seconds=pause)
            try:
                await asyncio.wait_for(stopping.wait(), pause * random.uniform(0.8, 1.2))
            except TimeoutError:
                pause = min(pause * 2, LONGEST_PAUSE)

    def idle(self, now: float) -> float:
        """Seconds since the component last made progress or was started; 0 while it waits to be started."""
        return 0.0 if self._started is None else max(0.0, now - max(self._started, self._component.last_progress()))

    def stalled(self, now: float) -> bool:
        return self.idle(now) > self._stall_seconds

    def state(self, now: float) -> str:
        """`running`, `stalled`, or `restarting (why)`."""
        if self._started is None:
            return f"restarting ({self._failure})" if self._failure else "not started"
        return "stalled" if self.stalled(now) else "running"

    async def ready(self) -> str | None:
        """Why the component cannot do its work now, None if it can."""
        if self._started is None:
            return f"is being restarted ({self._failure})" if self._failure else "not started"
        return await self._component.ready()
