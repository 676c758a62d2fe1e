"""A card and a lead as flat values by name: two of them, before and after an event, tell from what to what it led."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from leads.card.opened import Opener
from leads.card.said import CONTACT_KINDS
from leads.card.state import Card


class Change(BaseModel):
    """One thing that changed. An absent side: it was not there."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    what: str = Field(examples=["birthday", "field:colour", "tags", "consent:marketing/email", "manager"])
    before: JsonValue | None = Field(None, serialization_alias="from")
    after: JsonValue | None = Field(None, serialization_alias="to")


def shown_card(card: Card, root: UUID, opener: Opener) -> dict[str, JsonValue]:
    """All that people see of a card, opened."""
    shown: dict[str, JsonValue] = {**opener.details(card)}
    for kind in CONTACT_KINDS:
        texts = [opener.text(contact.value) for contact in card.contacts_of(kind)]
        shown[f"{kind}s"] = [text for text in texts if text is not None]
    shown |= {f"field:{code}": value for code, value in opener.values(card.values).items()}
    shown["tags"] = [*sorted(card.tags)]
    shown["black list"] = opener.text(card.blacklisted)
    for (purpose, channel), consent in card.consents.items():
        told = f"given {consent.at.isoformat()}" if consent.is_given else f"withdrawn {consent.at.isoformat()}"
        shown[f"consent:{purpose}/{channel or 'any'}"] = told
    shown["manager"] = card.manager(root)
    return shown


def shown_lead(state: object, opener: Opener, fields: Mapping[str, Any]) -> dict[str, JsonValue]:
    """All that people see of a lead; nothing of one that is not known."""
    lead = getattr(state, "lead", None)
    if lead is None:
        return {}
    shown: dict[str, JsonValue] = {"status": type(state).__name__.lower(), "manager": lead.manager_id}
    shown |= {name: getattr(state, name, None) for name in ("temperature", "category", "reason")}
    return shown | {f"field:{code}": opener.value(held[-1].value) for code, held in fields.items()}


def changes(before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]) -> list[Change]:
    """What differs, by name."""
    return [
        Change(what=what, before=old, after=new)
        for what in sorted(before.keys() | after.keys())
        if (old := _there(before.get(what))) != (new := _there(after.get(what)))
    ]


def _there(value: JsonValue) -> JsonValue:
    return None if value == [] else value
