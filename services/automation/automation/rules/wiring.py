"""The parts of rules that the service puts together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from events.app import Component, Runtime
from events.settings import ConfigurationError
from events.store import Store
from fastapi import APIRouter

from automation.actions.effect import Known
from automation.react import React
from automation.rules import api, file
from automation.rules.desk import RuleDesk
from automation.rules.registry import Registry
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

    def routers(self) -> Sequence[APIRouter]:
        """``/rules``."""
        return [api.router(self._desk)]

    def components(self) -> Sequence[Component]:
        """Rules are fired by the consumer."""
        return []

    def reactions(self) -> Sequence[React]:
        """Rules are fired by the consumer itself; what they withheld is listed."""
        return [keep_suppressed]
