"""What to know before a call or a meeting, on one page: as JSON, and as HTML to print."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from events.auth import Principal
from events.calls import directions_of
from events.contracts.deals import Money
from events.event import decode
from events.sqlfile import sql
from events.store import Connection
from liquid import Environment
from pydantic import BaseModel, Field

from leads.card.locked import SQL, Whole
from leads.card.models import CardParts, SpokenWith
from leads.card.parts import is_present
from leads.card.showing import CardDesk, deals_seen, spoken_with
from leads.heard.reading import CustomerDeals, TaskLine, open_tasks_of
from leads.interactions.reading import interactions_of

MOST_LEADS = 20
MOST_TOUCHES = 5
MOST_INTERACTIONS = 10
LONGEST_TEXT = 500

_TOOK_PLACE = frozenset(("registered", "concluded", "sent", "opened", "clicked"))
_PAGE = Environment(autoescape=True).from_string((Path(__file__).parent / "summary.html.liquid").read_text("utf-8"))


class LeadLine(BaseModel):
    """A lead in a line."""

    lead_id: UUID
    status: str
    direction: str | None
    channel: str
    source: str
    campaign: str | None
    temperature: str | None
    category: str | None
    reason: str | None
    manager_id: str | None
    captured_at: datetime
    last_touch_at: datetime
    touches: int


class TouchLine(BaseModel):
    """What the person last asked."""

    at: datetime
    kind: str
    channel: str
    text: str | None = Field(description="Its first 500 characters.")
    wanted_call_at: datetime | None


class ContactLine(BaseModel):
    """A call, letter, message, meeting or visit in a line."""

    at: datetime
    kind: str
    flow: str | None
    state: str
    result: str | None
    manager_id: str | None
    duration_seconds: int | None


class NextStep(BaseModel):
    """What is due: a planned contact, a contact that was agreed on, or the call the person asked for."""

    at: datetime
    what: str
    manager_id: str | None
    overdue: bool


class Summary(BaseModel):
    """One page before a call. What the caller may not see is null."""

    made_at: datetime
    card: CardParts
    deals: CustomerDeals | None
    next_task: TaskLine | None = Field(description="The first that is due.")
    last_contact: ContactLine | None
    spoken_with: list[SpokenWith] = Field(description="Who spoke last comes first.")
    leads: list[LeadLine]
    touches: list[TouchLine]
    interactions: list[ContactLine]
    next_steps: list[NextStep]


async def summary(connection: Connection, whole: Whole, desk: CardDesk, principal: Principal, now: datetime) -> Summary:
    """The summary as of ``now``, of what the caller may see."""
    card, directions = await desk.parts(connection, whole, principal), directions_of(principal)
    rows = await connection.fetch(sql("summary_leads", SQL), whole.members, directions, MOST_LEADS)
    leads = [LeadLine(**row) for row in rows]
    touches = await _touches(connection, whole, [lead.lead_id for lead in leads])
    contacts = await interactions_of(connection, whole.members, MOST_INTERACTIONS)
    seen = [c for c in contacts if directions is None or c.direction is None or c.direction in directions]
    lines = [ContactLine.model_validate(c, from_attributes=True) for c in seen if c.state != "planned"]
    may_see_tasks = "tasks:read" in principal.permissions
    tasks = await open_tasks_of(connection, whole.members, directions) if may_see_tasks else []
    steps = [
        NextStep(at=at, what=what, manager_id=by, overdue=at < now)
        for at, what, by in (
            *((c.at, f"{c.kind} planned", c.manager_id) for c in seen if c.state == "planned"),
            *((c.next_contact_at, "next contact", c.manager_id) for c in seen if c.next_contact_at is not None),
            *((t.wanted_call_at, "wants a call", card.manager_id) for t in touches if t.wanted_call_at is not None),
            *((task.due_at, f"task: {task.title or task.kind}", task.assignee) for task in tasks),
        )
    ]
    return Summary(
        made_at=now,
        card=card,
        deals=await deals_seen(connection, whole.members, principal),
        next_task=next(iter(tasks), None),
        last_contact=next((line for line in lines if line.state in _TOOK_PLACE), None),
        spoken_with=await spoken_with(connection, whole.members, directions),
        leads=leads,
        touches=touches,
        interactions=lines,
        next_steps=sorted(steps, key=lambda step: step.at),
    )


async def _touches(connection: Connection, whole: Whole, lead_ids: Sequence[UUID]) -> list[TouchLine]:
    found = []
    for row in await connection.fetch(sql("summary_touches", SQL), list(lead_ids), MOST_TOUCHES):
        touch: Any = getattr(decode(row["type"], row["data"].encode()), "touch")  # noqa: B009
        text = whole.opener.sealed(row["customer_id"], touch.text) if touch.text else None
        found.append(
            TouchLine(
                at=row["occurred_at"],
                kind=touch.kind,
                channel=touch.channel,
                text=text[:LONGEST_TEXT] if text else None,
                wanted_call_at=touch.wanted_call_at,
            )
        )
    return found


def page(made: Summary) -> str:
    """The summary as an HTML page with its own style; everything said by people is escaped."""
    told = made.model_dump(mode="json")
    today = made.made_at.astimezone(UTC).date()
    present = [one.model_dump(mode="json") for one in made.card.organisations if is_present(one, today)]
    details = made.card.details
    return _PAGE.render(
        **told,
        title=details.get("name") or "No name",
        present=present,
        words=[(name, details[name]) for name in ("needs", "wishes", "tastes", "terms", "notes") if name in details],
        values=[(code, _plain(value)) for code, value in made.card.fields.items()],
        bought=_money(made.deals.purchases.totals) if made.deals else "",
        owed=_money(made.deals.unpaid) if made.deals else "",
    )


def _money(amounts: Sequence[Money]) -> str:
    return ", ".join(f"{money.amount} {money.currency}" for money in amounts)


def _plain(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case {"amount": amount, "currency": currency}:
            return f"{amount} {currency}"
        case list():
            return ", ".join(map(str, value))
    return str(value)
