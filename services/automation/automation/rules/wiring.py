"""The parts of rules that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence

from events.app import Component, Runtime
from events.settings import ConfigurationError
from fastapi import APIRouter

from automation.actions.effect import Known
from automation.react import React
from automation.rules import api, file
from automation.settings import AutomationSettings


class RulesWiring:
    """The rules in force, and their list by HTTP. Raises ConfigurationError where a rule cannot be used."""

    def __init__(self, runtime: Runtime, known: Known) -> None:
        settings: AutomationSettings = runtime.settings
        try:
            self.rules = file.load(settings.rules_file, known)
        except file.RulesInvalid as error:
            raise ConfigurationError(str(error)) from None

    def routers(self) -> Sequence[APIRouter]:
        """``/rules``."""
        return [api.router(self.rules)]

    def components(self) -> Sequence[Component]:
        """Rules are fired by the consumer."""
        return []

    def reactions(self) -> Sequence[React]:
        """Rules are fired by the consumer itself."""
        return []
