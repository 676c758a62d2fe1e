"""Rules: written as data, switched on and off, and what they withhold."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import JsonValue

from events.contracts.cause import Cause
from events.event import Event


class RuleSaved(Event):
    """A version of a rule was written. ``definition`` is the whole of it; it fires nothing until it is enabled.

    ``takes_over``: an installation's file has a rule of this name, which gives way when this one is first switched on
    or off.
    """

    type: ClassVar[str] = "rule.saved.v1"

    rule: str
    version: int
    definition: dict[str, JsonValue]
    takes_over: bool = False


class RuleEnabled(Event):
    """This version, and no other, fires for what is recorded from now on."""

    type: ClassVar[str] = "rule.enabled.v1"

    rule: str
    version: int


class RuleDisabled(Event):
    """The rule fires for nothing that is recorded from now on; ``version`` is the one that did."""

    type: ClassVar[str] = "rule.disabled.v1"

    rule: str
    version: int


class RuleSuppressed(Event):
    """A rule matched but its action was withheld (loop guard, cap, no consent): the reason is visible."""

    type: ClassVar[str] = "rule.suppressed.v1"

    suppression_id: UUID
    cause: Cause
    reason: str
    customer_id: UUID | None = None


class RuleStarted(Event):
    """Somebody started the rule himself, for one customer, or a lead or deal of his; or for the firm as a whole."""

    type: ClassVar[str] = "rule.started.v1"

    start_id: UUID
    rule: str
    customer_id: UUID | None = None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
