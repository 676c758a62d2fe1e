"""The parts of rules that the service puts together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from events.app import Component, Runtime
from events.kafka import KafkaConfig
from events.settings import ConfigurationError
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from automation.actions.effect import Known
from automation.react import React
from automation.rules import api, backtests_api, file, starting_api, starting_lists
from automation.rules.backtesting import KIND, Backtesting
from automation.rules.desk import RuleDesk
from automation.rules.explaining import Explaining
from automation.rules.registry import Registry
from automation.rules.starting import Starting
from automation.rules.starting_lists import StartingLists
from automation.rules.suppressed import keep_suppressed
from automation.settings import AutomationSettings


class RulesWiring:
    """The rules in force, and rules by HTTP. Raises ConfigurationError where a rule of the file cannot be used."""

    def __init__(
        self,
        runtime: Runtime,
        store: Store,
        of_files: Known,
        known: Callable[[], Awaitable[Known]],
        now: Callable[[], datetime],
    ) -> None:
        """``of_files``: what rules of the file may name; ``known``: what those that people write may name now."""
        settings: AutomationSettings = runtime.settings
        try:
            of_file = file.load(settings.rules_file, of_files)
        except file.RulesInvalid as error:
            raise ConfigurationError(str(error)) from None
        self.rules = Registry(of_file)
        self._desk = RuleDesk(store, self.rules, known, now)
        kafka = KafkaConfig.of(settings)
        self._explaining = Explaining(self._desk, kafka, settings.language)
        trying = Backtesting(
            runtime.pool,
            kafka,
            settings.language,
            zone=settings.business_timezone,
            most_a_day=settings.messages_a_day or None,
        )
        self._worker = Worker("automation.backtests", store, {KIND: trying}, concurrency=1, lease_seconds=120)
        self._starting = StartingLists(Starting(self._desk))
        # A thousand starts each: one after the other.
        self._lists = Worker("automation.rule_lists", store, {starting_lists.KIND: self._starting.fire}, concurrency=1)

    def routers(self) -> Sequence[APIRouter]:
        """``/rules``."""
        return [
            backtests_api.router(self._desk, self._explaining),
            starting_api.router(self._starting),
            api.router(self._desk),
        ]

    def components(self) -> Sequence[Component]:
        """What runs back-tests, and starts rules for lists; rules are fired by the consumer."""
        return [self._worker, self._lists]

    def reactions(self) -> Sequence[React]:
        """Rules are fired by the consumer itself; what they withheld is listed."""
        return [keep_suppressed]
