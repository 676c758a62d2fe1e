"""The parts of sequences that the service puts together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from events.app import Component, Runtime
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from automation.actions.effect import Known
from automation.names import Named
from automation.react import React
from automation.sequences import api, leading, requests, stepping
from automation.sequences.desk import SequenceDesk
from automation.sequences.entering import Entering
from automation.sequences.exits import Exits
from automation.sequences.leading import Leading
from automation.sequences.shelf import Sequences
from automation.sequences.stepping import Stepping
from automation.settings import AutomationSettings

PORTION = 100


class SequencesWiring:
    """Sequences by HTTP, the worker that leads customers on, and what ends their way."""

    def __init__(
        self,
        runtime: Runtime,
        store: Store,
        known: Callable[[], Awaitable[Known]],
        named: Named,
        now: Callable[[], datetime],
    ) -> None:
        settings: AutomationSettings = runtime.settings
        sequences = Sequences()
        self._desk = SequenceDesk(store, sequences, known, named, now)
        self._leading = Leading(store, sequences, now)
        self._exits = Exits(sequences)
        entering = Entering(runtime.pool, sequences)
        steps = Stepping(runtime.pool, sequences, settings.language, settings.business_timezone)
        batches = {requests.ENTRY: entering.enter, requests.EXIT: entering.leave, stepping.KIND: steps.handle}
        self._worker = Worker("automation.sequences", store, {}, batches=batches, concurrency=PORTION)
        # A thousand requests each: one after the other.
        self._lists = Worker("automation.sequence_lists", store, {leading.KIND: self._leading.ask}, concurrency=1)

    def routers(self) -> Sequence[APIRouter]:
        """``/sequences``."""
        return [api.router(self._desk, self._leading)]

    def components(self) -> Sequence[Component]:
        """What leads customers on, and in with lists."""
        return [self._worker, self._lists]

    def reactions(self) -> Sequence[React]:
        """What ends their way."""
        return [self._exits.react]
