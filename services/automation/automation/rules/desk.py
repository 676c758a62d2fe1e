"""What the routes of rules do: rules as cards, their versions, and commands on them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from events.contracts.automation import RuleSaved
from events.decider import Rejected
from events.problems import Conflict, Invalid, NotFound
from events.sqlfile import sql
from events.store import Cause, Connection, Store

from automation.actions.effect import Known
from automation.definitions import Change, Definitions
from automation.rules.check import faults
from automation.rules.models import RuleCard, RuleDetails, RuleHistory, RulePeriod, RuleVersion, pointed, told
from automation.rules.registry import ALONE, SQL, History, Registry, histories
from automation.rules.rule import Definition, Rule
from automation.rules.stream import RULE, Command, Disable, Enable, Kept, Save, State, periods, stream_of

MAX_RULES = 1_000
RESERVED = "catalogue"
"""What stands where rules do under ``/rules``."""
_UNKNOWN = frozenset({"no_rule", "no_version"})


@dataclass(frozen=True)
class RuleDesk:
    """What the routes work with. ``known``: what rules may name now."""

    store: Store
    registry: Registry
    known: Callable[[], Awaitable[Known]]
    now: Callable[[], datetime]

    async def cards(self) -> list[RuleCard]:
        """All rules, by name."""
        kept = {history.rule: _state(history) for history in await histories(self.store.pool)}
        of_file = [card_of_file(rule) for rule in self.registry.of_file.rules if not _gave_way(kept.get(rule.id))]
        cards = of_file + [card_of(state, revision) for state, revision in kept.values() if isinstance(state, Kept)]
        return sorted(cards, key=lambda card: (card.id, card.origin))

    async def read(self, rule_id: str) -> RuleDetails:
        """A rule with its faults; what is kept comes before the file. Raises ``NotFound``."""
        card = await self._card(rule_id)
        return RuleDetails(**dict(card), faults=told(await self.check(rule_id, card.definition)))

    async def _card(self, rule_id: str) -> RuleCard:
        history = await self.store.load(stream_of(rule_id))
        state = RULE.fold(entry.event for entry in history)
        if isinstance(state, Kept):
            return card_of(state, len(history))
        found = self.of_file(rule_id)
        if found is None:
            raise NotFound("There is no such rule.")
        return card_of_file(found)

    async def history(self, rule_id: str) -> RuleHistory:
        """All versions and when they fired. Raises ``NotFound`` for a rule that the service does not keep."""
        entries = await self.store.load(stream_of(rule_id))
        if not entries:
            raise NotFound("The service keeps no such rule.")
        versions = [
            RuleVersion(
                version=entry.event.version,
                saved_at=entry.recorded_at,
                saved_by=entry.actor,
                definition=Definition.model_validate(entry.event.definition),
            )
            for entry in entries
            if isinstance(entry.event, RuleSaved)
        ]
        fired = [RulePeriod(version=one.version, since=one.since, until=one.until) for one in periods(entries)]
        return RuleHistory(versions=versions, periods=fired)

    async def version(self, rule_id: str, version: int | None) -> Rule:
        """A version of a rule, the newest if none is named. Raises ``NotFound``."""
        entries = await self.store.load(stream_of(rule_id))
        versions = History(rule_id, entries).versions() or [one for one in [self.of_file(rule_id)] if one]
        found = next((one for one in reversed(versions) if version in (None, one.version)), None)
        if found is None:
            raise NotFound("There is no such rule, or no such version.")
        return found

    async def check(self, rule_id: str, definition: Definition) -> list[str]:
        """What is wrong with it: ``.path: why``."""
        rule = Rule.model_validate({**definition.model_dump(mode="json"), "id": rule_id, "version": 1})
        return list(faults(rule, await self.known()))

    async def save(
        self, rule_id: str, definition: Definition, cause: Cause, expected: int | None, *, take_over: bool
    ) -> tuple[RuleCard, bool]:
        """Saves a version; and was it new? Raises ``Invalid`` with the faults, ``StaleVersion``, ``Conflict``."""
        wrong = await self.check(rule_id, definition)
        if wrong:
            raise Invalid("The rule has faults.", errors=pointed(wrong))
        if rule_id == RESERVED:
            raise Conflict(f"{RESERVED} is the list of ready rules: take another name.", code="reserved_name")
        of_file = self.of_file(rule_id)
        content = definition.model_dump(mode="json", exclude_none=True)
        command = Save(rule_id, content, of_file.version if of_file else None, take_over)
        return await self._run(rule_id, command, cause, expected)

    async def enable(self, rule_id: str, version: int | None, cause: Cause, expected: int | None) -> RuleCard:
        """Switches a version on, if it has no faults as things are now."""
        definition = Definition.model_validate(
            (await self.version(rule_id, version)).model_dump(include=set(Definition.model_fields))
        )
        wrong = await self.check(rule_id, definition)
        if wrong:
            raise Invalid("The rule has faults.", errors=pointed(wrong))
        return (await self._run(rule_id, Enable(version), cause, expected))[0]

    async def disable(self, rule_id: str, cause: Cause, expected: int | None) -> RuleCard:
        """Switches the rule off."""
        return (await self._run(rule_id, Disable(), cause, expected))[0]

    def of_file(self, rule_id: str) -> Rule | None:
        """The rule of this name in the installation's file."""
        return next((rule for rule in self.registry.of_file.rules if rule.id == rule_id), None)

    async def _run(self, rule_id: str, command: Command, cause: Cause, expected: int | None) -> tuple[RuleCard, bool]:
        stream_id = stream_of(rule_id)

        async def keep(connection: Connection, change: Change[State]) -> None:
            if change.is_first and await connection.fetchval("SELECT count(*) FROM rules") >= MAX_RULES:
                raise Rejected("too_many_rules", f"There are {MAX_RULES} rules; no more are kept.")
            await connection.execute(sql("save_rule", SQL), rule_id, stream_id, change.revision)

        kept = Definitions("rule", RULE, _UNKNOWN, self.store, self.now, _alone)
        change = await kept.run(stream_id, command, cause, keep, expected)
        return card_of(change.state, change.revision), bool(change.events)


async def _alone(connection: Connection) -> None:
    """No consumer is in the middle of a batch."""
    await connection.execute(ALONE)


def card_of(state: State, revision: int) -> RuleCard:
    """A rule that the service keeps."""
    assert isinstance(state, Kept)
    is_draft = state.enabled is None and not state.has_taken_over
    return RuleCard(
        id=state.rule,
        origin="kept",
        state="enabled" if state.enabled else "draft" if is_draft else "disabled",
        version=state.version,
        enabled_version=state.enabled,
        revision=revision,
        takes_over=state.takes_over,
        definition=Definition.model_validate(state.definition),
    )


def card_of_file(rule: Rule) -> RuleCard:
    """A rule of the installation's file."""
    return RuleCard(
        id=rule.id,
        origin="file",
        state="enabled" if rule.enabled else "disabled",
        version=rule.version,
        enabled_version=rule.version if rule.enabled else None,
        definition=Definition.model_validate(rule.model_dump(include=set(Definition.model_fields))),
    )


def _state(history: History) -> tuple[State, int]:
    return RULE.fold(entry.event for entry in history.entries), len(history.entries)


def _gave_way(kept: tuple[State, int] | None) -> bool:
    return kept is not None and isinstance(kept[0], Kept) and kept[0].has_taken_over
