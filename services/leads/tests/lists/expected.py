"""Who fulfils criteria, as plain Python sees it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from .population import HAND, NOW, Contact, Deal, Lead, Person, Touch, ago, decided, lead_id


@dataclass(frozen=True)
class Card:
    """A root with all cards of its tree, the root first."""

    members: list[Person]

    @property
    def root(self) -> Person:
        return self.members[0]

    def leads(self) -> list[Lead]:
        """The earliest first."""
        return [lead for _, lead in self._leads()]

    def _leads(self) -> list[tuple[UUID, Lead]]:
        pairs = [(lead_id(p, n), lead) for p in self.members for n, lead in enumerate(p.leads)]
        return sorted(pairs, key=lambda pair: (-pair[1].captured, pair[0]))

    def is_seen(self, directions: list[str] | None) -> bool:
        return directions is None or any(p.direction is None or p.direction in directions for p in self.members)

    def is_blacklisted(self) -> bool:
        told = [(decided(p), p.listed) for p in self.members if p.listed is not None]
        return bool(told) and bool(max(told)[1])

    def deals(self, state: str) -> list[Deal]:
        return [d for p in self.members for d in p.deals if d.told and d.state == state]

    def _totals(self) -> list[dict[str, str]]:
        won = self.deals("won")
        return [
            {"amount": str(sum(d.amount for d in won if d.currency == currency)), "currency": currency}
            for currency in sorted({d.currency for d in won})
        ]

    def agrees(self, channel: str | None, as_of: datetime | None) -> bool | None:
        words = [
            (ago(w.at), not w.given)
            for p in self.members
            for w in p.words
            if w.channel in (None, channel) and (as_of is None or ago(w.at) <= as_of)
        ]
        return not max(words)[1] if words else None

    def _of_people(self) -> dict[str, list[Any]]:
        return {
            "tag": [tag for p in self.members for tag in p.tags],
            "direction": [p.direction for p in self.members],
            "segment": [self.root.segment],
            "registered_at": [min(ago(p.registered) for p in self.members)],
            "touches": [sum(len(p.touches) for p in self.members)],
            "any_channel": [t.channel for p in self.members for t in p.touches],
            "any_campaign": [t.campaign for p in self.members for t in p.touches],
            "open_deal": [True for d in self.deals("open")],
            "bought": [True for d in self.deals("won")],
            "deal_stage": [d.stage for d in self.deals("open")],
            "purchases": [len(self.deals("won"))],
            "purchases_total": self._totals(),
            "last_purchase_at": [max(ago(d.closed) for d in won)] if (won := self.deals("won")) else [],
        }

    def _of_leads(self) -> dict[str, list[Any]]:
        leads, open_ = self.leads(), [p.open for p in self.members if p.open]
        said = [p.manager for p in self.members if p.manager is not None]
        given = [lead.manager for lead in reversed(leads) if lead.manager is not None]
        return {
            "manager": [*said, *given][:1],
            "last_touch_at": [max(ago(lead.touched) for lead in leads)] if leads else [],
            "first_channel": [lead.channel for lead in leads[:1]],
            "lead_status": [lead.status for lead in open_],
            "lead_temperature": [lead.temperature for lead in open_],
        }

    def values(self, field: str) -> list[Any]:
        """All values of a field; None stands for one that is empty."""
        if field in (told := self._of_people() | self._of_leads()):
            return told[field]
        code = field.removeprefix("custom:")
        return [_read(code, p.custom[code]) for p in self.members if code in p.custom]


def _read(code: str, value: Any) -> Any:
    if code == "met":
        return datetime.fromisoformat(value).date()
    return datetime.fromisoformat(value) if code == "due" else value


def cards(population: list[Person]) -> Iterator[Card]:
    """The trees."""
    for root in (p for p in population if p.parent is None):
        members = [root]
        for person in population:
            if person.parent in {p.number for p in members}:
                members.append(person)
        yield Card(members)


def fulfils(card: Card, node: dict[str, Any], lists: dict[UUID, dict[str, Any]]) -> bool:
    """Does a card fulfil criteria? ``lists`` are other lists by criteria."""
    if "all" in node:
        return all(fulfils(card, part, lists) for part in node["all"])
    if "any" in node:
        return any(fulfils(card, part, lists) for part in node["any"])
    if "not" in node:
        return not fulfils(card, node["not"], lists)
    return _condition(card, node, lists)


def _condition(card: Card, node: dict[str, Any], lists: dict[UUID, dict[str, Any]]) -> bool:
    field, op, value = node["field"], node["op"], node["value"]
    if field == "blacklisted":
        told = any(p.listed is not None for p in card.members)
        return value is (told if op == "exists" else card.is_blacklisted())
    if field == "list":
        if UUID(value) == HAND:
            return any(p.by_hand for p in card.members)
        other = lists[UUID(value)]
        return fulfils(card, other, lists) and ('"blacklisted"' in json.dumps(other) or not card.is_blacklisted())
    if field == "interaction":
        return any(_fits(contact, value) for p in card.members for contact in p.contacts)
    if field == "request":
        return any(_asked(touch, value) for p in card.members for touch in p.touches)
    if field == "consent":
        moment = datetime.fromisoformat(value["as_of"]) if "as_of" in value else None
        told = card.agrees(value.get("channel"), moment) if value["purpose"] == "ads" else None
        return told is (op == "given")
    found = [one for one in card.values(field) if one is not None]
    if op == "exists":
        return value is bool(found)
    if field in ("custom:agreed", "open_deal", "bought"):
        return value is any(found)
    compare = _compare_money if field in ("purchases_total", "custom:price") else _compare
    return any(compare(one, op, value) for one in found)


def _asked(touch: Touch, asked: dict[str, Any]) -> bool:
    return (
        asked.get("channel") in (None, touch.channel)
        and asked.get("campaign") in (None, touch.campaign)
        and asked.get("direction") in (None, "a")
        and ("within_days" not in asked or ago(touch.at) >= NOW - timedelta(days=asked["within_days"]))
    )


def _fits(contact: Contact, asked: dict[str, Any]) -> bool:
    return (
        contact.state != "planned"
        and asked.get("kind") in (None, contact.kind)
        and asked.get("result") in (None, contact.result)
        and ("within_days" not in asked or ago(contact.at) >= NOW - timedelta(days=asked["within_days"]))
    )


def _compare_money(one: dict[str, str], op: str, value: dict[str, str]) -> bool:
    same = one["currency"] == value["currency"]
    return same and _compare(Decimal(one["amount"]), op, Decimal(value["amount"]))


def _compare(one: Any, op: str, value: Any) -> bool:
    if isinstance(one, datetime) and isinstance(value, str):
        value = datetime.fromisoformat(value)
    elif op in ("before", "after") or (op == "eq" and hasattr(one, "isoformat")):
        value = datetime.fromisoformat(value).date()
    match op:
        case "eq":
            return value in one if isinstance(one, list) else bool(one == value)
        case "in":
            return bool(set(one) & set(value)) if isinstance(one, list) else one in value
        case "lt" | "before":
            return bool(one < value)
        case "lte":
            return bool(one <= value)
        case "gt" | "after":
            return bool(one > value)
        case "gte":
            return bool(one >= value)
    return bool(one >= NOW - timedelta(days=value))
