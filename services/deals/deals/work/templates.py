"""Templates of work as data: what is stored, and the work that one begins with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
from events.auth import Principal
from events.calls import cause_of_call
from events.contracts.deals.work import TemplateStage, WorkStage, WorkTemplateSaved
from events.problems import NotFound, StaleVersion
from events.store import Append, Connection, Store, append_one, deterministic_id

from deals.work.commands import work_of
from deals.work.orders import OpenWork


def template_stream(code: str) -> UUID:
    """The stream of a template."""
    return deterministic_id("work-template", code)


async def save_template(
    store: Store, saved: WorkTemplateSaved, principal: Principal, now: datetime, expected_version: int | None
) -> int:
    """Stores a template as it is to be; returns its version, the old one where nothing changed.

    Raises ``StaleVersion`` and ``events.store.Conflict``.
    """
    async with store.pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow("SELECT * FROM work_templates WHERE code = $1 FOR UPDATE", saved.code)
        version: int = row["version"] if row else 0
        if expected_version is not None and expected_version != version:
            raise StaleVersion(f"The template is at version {version}.")
        if row is not None and _template(row) == saved:
            return version
        await connection.execute(
            "INSERT INTO work_templates VALUES ($1, $2, $3)"
            " ON CONFLICT (code) DO UPDATE SET version = excluded.version, body = excluded.body",
            saved.code,
            version + 1,
            saved.to_json().decode(),
        )
        decision = Append(template_stream(saved.code), version, (saved,), cause_of_call(principal), now)
        appended = await append_one(connection, decision)
    store.count([decision], [appended])
    return version + 1


async def read_templates(connection: Connection | asyncpg.Pool) -> list[tuple[int, WorkTemplateSaved]]:
    """All templates by code, with their versions."""
    rows = await connection.fetch("SELECT * FROM work_templates ORDER BY code")
    return [(row["version"], _template(row)) for row in rows]


async def read_template(connection: Connection | asyncpg.Pool, code: str) -> tuple[int, WorkTemplateSaved]:
    """A template with its version; raises ``NotFound``."""
    row = await connection.fetchrow("SELECT * FROM work_templates WHERE code = $1", code)
    if row is None:
        raise NotFound("There is no such template of work.")
    return row["version"], _template(row)


def chosen(
    templates: Sequence[tuple[int, WorkTemplateSaved]], deal: asyncpg.Record
) -> tuple[int, WorkTemplateSaved] | None:
    """The first template by code that a won deal gets its work by; None if there is none for it."""
    for version, template in templates:
        wanted = (
            (template.pipelines, "pipeline"),
            (template.deal_types, "deal_type"),
            (template.directions, "direction"),
        )
        if template.opens_when_won and all(not named or deal[of] in named for named, of in wanted):
            return version, template
    return None


def from_template(deal: asyncpg.Record, template: WorkTemplateSaved, version: int, today: date) -> OpenWork:
    """The work of a deal that a template begins; its titles are the Russian ones."""
    manager = deal["manager_id"]
    return OpenWork(
        work_of(deal["deal_id"]),
        deal["deal_id"],
        deal["customer_id"],
        tuple(_planned(stage, manager, today) for stage in template.stages),
        deal["direction"],
        manager,
        template.code,
        version,
        template.guarantee_days,
    )


def _planned(stage: TemplateStage, manager: str | None, today: date) -> WorkStage:
    due = stage.due_after_days
    return WorkStage(
        code=stage.code,
        title=stage.title_ru,
        role=stage.role,
        responsible_id=stage.responsible_id or (manager if stage.role in (None, "manager") else None),
        starts_on=today + timedelta(days=stage.starts_after_days),
        due_on=None if due is None else today + timedelta(days=due),
    )


def _template(row: asyncpg.Record) -> WorkTemplateSaved:
    return WorkTemplateSaved.model_validate_json(row["body"])
