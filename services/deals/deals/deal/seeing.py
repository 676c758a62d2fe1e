"""Deals as the API gives them: rows, and what only the history knows, with texts as far as they can be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import asyncpg
import orjson
from events import disclosure
from events.contracts.deals import DealNoted, Money
from events.contracts.leads import FieldChange
from events.custom_fields import missing
from events.envelope import Recorded
from events.keys_client import KeysUnavailable
from events.privacy import CustomerKey, Keys
from events.sealed import Sealed
from fastapi import Response
from pydantic import BaseModel, JsonValue

from deals.deal import models
from deals.deal.definitions import definitions
from deals.deal.standing import standing_of
from deals.deal.states import Deal, Lost, NoDeal
from deals.money import money
from deals.pipelines.pipeline import Pipeline, Pipelines

MOST_NOTES = 100

Texts = Literal["readable", "erased", "unavailable", "not_allowed"]
_NOT_SHOWN = ("amount", "currency", "paid", "people")


def card(row: asyncpg.Record, response: Response | None = None) -> models.DealCard:
    """A row of the table as the API gives it; sets ETag on the response."""
    if response is not None:
        response.headers["ETag"] = f'"{row["version"]}"'
    fields = {name: value for name, value in row.items() if name not in _NOT_SHOWN}
    currency = row["currency"]
    return models.DealCard(
        **fields, value=Money(amount=row["amount"], currency=currency), paid=money(row["paid"], currency)
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """Opens the texts of one customer, as far as there is a key."""

    key: CustomerKey | None
    texts: Texts

    def text(self, sealed: str | None) -> str | None:
        """The text, None if it cannot be read."""
        return self.key.open(sealed) if sealed is not None and self.key is not None else None

    def value(self, change: FieldChange) -> JsonValue:
        """The value of a custom field, None if it cannot be read."""
        if change.sealed is None:
            return change.value
        opened = self.text(change.sealed)
        return None if opened is None else orjson.loads(opened)["value"]

    def plain(self, value: Any) -> Any:
        """A part of an event with its texts opened."""
        match value:
            case Sealed():
                return self.text(value)
            case FieldChange():
                return {"field": value.field, "value": self.value(value)}
            case BaseModel():
                return self.plain(dict(value))
            case Mapping():
                return {name: self.plain(part) for name, part in value.items() if part is not None}
            case list() | tuple():
                return [self.plain(part) for part in value]
        return value


async def reader(keys: Keys, customer_id: UUID, is_needed: bool) -> Reader:
    """Reads the key only if something is sealed."""
    if not is_needed:
        return Reader(None, "readable")
    if disclosure.is_withheld():
        return Reader(None, "not_allowed")
    try:
        key = (await keys.read([customer_id])).get(customer_id)
    except KeysUnavailable:
        return Reader(None, "unavailable")
    return Reader(key, "erased" if key is None else "readable")


@disclosure.shown
async def details(
    row: asyncpg.Record, history: Sequence[Recorded], pool: asyncpg.Pool, pipelines: Pipelines, keys: Keys
) -> models.DealDetails:
    """A deal with everything that is written on it."""
    state = standing_of(history).state
    assert not isinstance(state, NoDeal)
    deal, notes = state.deal, [entry for entry in history if isinstance(entry.event, DealNoted)]
    comment = state.comment if isinstance(state, Lost) else None
    sealed_fields = any(change.sealed for change in deal.fields.values())
    opening = await reader(keys, deal.customer_id, any((deal.title, comment, notes, sealed_fields)))
    pipeline, defined = pipelines.get(deal.pipeline), await definitions(pool)
    stage = pipeline.known(state.stage) if pipeline else None
    return models.DealDetails(
        **card(row).model_dump(),
        title=opening.text(deal.title),
        loss_comment=opening.text(comment),
        texts=opening.texts,
        fields={code: opening.value(change) for code, change in deal.fields.items()},
        missing_fields=missing(defined, deal.fields.keys(), deal.direction),
        participants=[models.Participant(customer_id=one, role=role) for one, role in deal.participants.items()],
        guidance=stage.guidance if stage else None,
        checklist=_checklist(pipeline, state.stage, deal),
        notes=[_note(entry, opening.text) for entry in reversed(notes[-MOST_NOTES:])],
    )


async def history_of(customer_id: UUID, history: Sequence[Recorded], keys: Keys) -> models.DealHistory:
    """What happened to a deal, in order."""
    opening = await reader(keys, customer_id, True)
    return models.DealHistory(history=[_entry(entry, opening) for entry in history], texts=opening.texts)


def _entry(entry: Recorded, opening: Reader) -> models.HistoryEntry:
    told = {name: value for name, value in dict(entry.event).items() if name not in ("deal_id", "customer_id")}
    return models.HistoryEntry(
        version=entry.version,
        type=entry.type,
        at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        by=entry.actor,
        cause=entry.causation_id,
        what=opening.plain(told),
    )


def _note(entry: Recorded, open_: Callable[[str], str | None]) -> models.Note:
    assert isinstance(entry.event, DealNoted)
    return models.Note(at=entry.occurred_at, by=entry.actor, text=open_(entry.event.text))


def _checklist(pipeline: Pipeline | None, code: str, deal: Deal) -> list[models.Tick]:
    stage = pipeline.known(code) if pipeline else None
    if stage is None or stage.guidance is None:
        return []
    return [
        models.Tick(
            item=item.code,
            title_ru=item.title_ru,
            title_en=item.title_en,
            required=item.required,
            is_done=(code, item.code) in deal.checked,
        )
        for item in stage.guidance.checklist
    ]
