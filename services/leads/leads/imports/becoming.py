"""Leads that an import brought in become what they were elsewhere, in the transaction that captures them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg
from events.contracts.leads import LeadQualified
from events.event import Event
from events.sqlfile import sql
from events.store import Append, Cause, Connection

from leads.domain import decider
from leads.imports import SQL
from leads.imports.state import Became, Verdict
from leads.lead import Assign, Captured, Command, Disqualify, Lead, Qualify, State, judgement
from leads.routing.processing_lists import read_lists

STRATEGY: Final = "imported"
EXPLANATION: Final = "Answers for the lead in the file that it was imported from."


@dataclass(frozen=True, slots=True)
class BecameTold:
    """What became of the lead that a request opened."""

    touch_id: UUID
    became: Became
    cause: Cause


@dataclass(frozen=True)
class Becoming:
    """``reasons``: why a lead may be disqualified, until a list of reasons is set."""

    reasons: Collection[str]

    async def unknown(self, connection: Connection, found: Collection[Became]) -> set[str]:
        """What these name that is not here: reasons, categories and managers, each as it is told to people."""
        verdicts = {one.verdict for one in found if one.verdict}
        managers = {one.manager_id for one in found if one.manager_id}
        if not verdicts and not managers:
            return set()
        lists = await read_lists(connection, self.reasons)
        active = await connection.fetch("SELECT id FROM managers WHERE active AND id = ANY($1::text[])", list(managers))
        named = {_manager(id_) for id_ in managers - {row["id"] for row in active}}
        named |= {_reason(one.reason) for one in verdicts if one.reason and one.reason not in lists.reasons}
        categories = {one.category for one in verdicts if one.category}
        return named | {_category(one) for one in categories if lists.categories and one not in lists.categories}

    async def __call__(self, connection: Connection, told: Sequence[BecameTold]) -> list[Append]:
        """What is to be said. A lead that anybody has touched since, or that was open before, stays as it is."""
        wanted = {one.touch_id: one for one in told}
        missing = await self.unknown(connection, [one.became for one in wanted.values()])
        rows: list[tuple[Any, ...]] = []
        appends: list[Append] = []
        for row in await connection.fetch(sql("leads_untouched", SQL), list(wanted)) if wanted else ():
            one = wanted[row["touch_id"]]
            if faults(one.became) & missing:
                continue
            events, state = _lived(row, one.became)
            version = row["version"] + len(events)
            rows.append((row["id"], version, *judgement(state), one.became.manager_id))
            at = max(one.became.at, row["last_touch_at"])
            appends.append(Append(row["id"], row["version"], events, one.cause, at))
        if rows:
            await connection.execute(sql("leads_become", SQL), *map(list, zip(*rows, strict=True)))
        return appends


def faults(became: Became) -> set[str]:
    """What a row names, as :meth:`Becoming.unknown` would tell that it is not here."""
    verdict = became.verdict
    named = [_manager(became.manager_id)] if became.manager_id else []
    named += [_reason(verdict.reason)] if verdict and verdict.reason else []
    return {*named, *([_category(verdict.category)] if verdict and verdict.category else [])}


def _manager(id_: str) -> str:
    return f"manager: there is no active manager {id_}"


def _reason(code: str) -> str:
    return f"state: {code} is not on the list of reasons"


def _category(code: str) -> str:
    return f"state: {code} is not on the list of categories"


def _lived(row: asyncpg.Record, became: Became) -> tuple[list[Event], State]:
    state: State = Captured(Lead(row["id"], row["customer_id"], row["direction"]))
    events: list[Event] = []
    for command in _commands(became):
        rules = decider((command.reason,) if isinstance(command, Disqualify) else ())
        for event in rules.decide(command, state):
            events.append(event.model_copy(update={"is_past": True}) if isinstance(event, LeadQualified) else event)
            state = rules.evolve(state, event)
    return events, state


def _commands(became: Became) -> list[Command]:
    commands: list[Command] = []
    if became.manager_id is not None:
        commands.append(Assign(became.manager_id, STRATEGY, EXPLANATION))
    match became.verdict:
        case Verdict(becomes="qualified") as verdict:
            commands.append(Qualify(verdict.temperature or "warm", verdict.category))
        case Verdict(becomes="disqualified", reason=str() as reason):
            commands.append(Disqualify(reason))
    return commands
