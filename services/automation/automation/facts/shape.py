"""What conditions may ask of a customer, a deal, a lead and of what happened earlier: names, types and meanings.

These classes are what ``where`` is checked against when a rule is saved, and what docs/conditions.md lists.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, create_model


class Shape(BaseModel):
    """Something that a condition can ask. What nobody has said is ``null``, an empty list or zero."""

    model_config = ConfigDict(frozen=True)


class Amount(Shape):
    """Money in major units."""

    amount: float = Field(description="Major units.", examples=[150000.0])
    currency: str = Field(description="ISO 4217.", examples=["RUB"])


class Customer(Shape):
    """The person of the event."""

    since: datetime | None = Field(None, description="When the card was made.", examples=["2026-01-10T09:00:00Z"])
    responsible: str | None = Field(None, description="Manager who answers for the customer.", examples=["anna"])
    direction: str | None = Field(None, description="Line of business of the card.", examples=["retail"])
    channel: str | None = Field(None, description="Where the newest request came from.", examples=["site"])
    temperature: str | None = Field(None, description="`cold`, `warm` or `hot`, as last judged.", examples=["hot"])
    segment: str = Field("casual", description="`gold`, `silver`, `bronze` or `casual`.", examples=["gold"])
    is_blacklisted: bool = Field(False, description="Nobody is to work with this person.", examples=[False])
    tags: tuple[str, ...] = Field((), description="Tags on the card.", examples=[("vip",)])
    fields: dict[str, Any] = Field({}, description="Custom fields; a personal one is `true`.", examples=[{"size": "m"}])
    details: dict[str, bool] = Field(
        {}, description="Details that are filled in, such as `birthday`: `true`.", examples=[{"birthday": True}]
    )
    contacts: tuple[str, ...] = Field(
        (), description="Kinds of contacts there are: `phone`, `email`, `telegram` …", examples=[("phone", "email")]
    )
    consents: dict[str, bool] = Field(
        {}, description="By purpose, or `purpose/channel`: agreed or not.", examples=[{"marketing/email": True}]
    )
    open_leads: int = Field(0, description="Leads that are not judged yet.", examples=[1])
    open_deals: int = Field(0, description="Deals that are neither won nor lost.", examples=[1])
    won_deals: int = Field(0, description="Deals won.", examples=[1])
    lost_deals: int = Field(0, description="Deals lost and not reopened.", examples=[1])


class Deal(Shape):
    """The deal of the event."""

    number: str | None = Field(None, description="Its number.", examples=["D-000001"])
    pipeline: str | None = Field(None, description="Code of its pipeline.", examples=["default"])
    stage: str | None = Field(None, description="Code of its stage.", examples=["offer"])
    stage_since: datetime | None = Field(None, description="When it came there.", examples=["2026-01-10T09:00:00Z"])
    state: str | None = Field(None, description="`open`, `won` or `lost`.", examples=["open"])
    since: datetime | None = Field(None, description="When it was opened.", examples=["2026-01-10T09:00:00Z"])
    deal_type: str | None = Field(None, description="`first_sale`, `repeat_sale` or a code.", examples=["first_sale"])
    value: Amount | None = Field(None, description="What it is worth.", examples=[{"amount": 1.0, "currency": "RUB"}])
    responsible: str | None = Field(None, description="Its manager.", examples=["anna"])
    direction: str | None = Field(None, description="Its line of business.", examples=["retail"])
    lead_id: str | None = Field(None, description="The lead that it came from.", examples=["5b994190"])
    organisation_id: str | None = Field(None, description="The organisation it is made with.", examples=["5b994190"])
    expected_on: str | None = Field(None, description="Day of the expected conclusion.", examples=["2026-03-01"])
    wake_at: datetime | None = Field(None, description="Until when it is put off.", examples=["2026-03-01T09:00:00Z"])
    loss_reason: str | None = Field(None, description="Why it was lost.", examples=["price"])
    tags: tuple[str, ...] = Field((), description="Tags on the deal.", examples=[("urgent",)])
    fields: dict[str, Any] = Field({}, description="Custom fields; a personal one is `true`.", examples=[{"size": "m"}])
    quote: str | None = Field(
        None, description="Newest quote: `made`, `sent`, `accepted`, `rejected`, `expired`.", examples=["sent"]
    )
    unpaid_invoices: int = Field(0, description="Invoices neither paid in full nor cancelled.", examples=[1])
    overdue_invoices: int = Field(0, description="Those of them that were told to be overdue.", examples=[1])
    work: str | None = Field(None, description="`opened`, `accepted`, `completed`, `cancelled`.", examples=["opened"])
    guarantee_until: str | None = Field(None, description="Last day of the guarantee.", examples=["2027-03-01"])


class Lead(Shape):
    """The lead of the event."""

    since: datetime | None = Field(None, description="When it was captured.", examples=["2026-01-10T09:00:00Z"])
    state: str | None = Field(None, description="`open`, `qualified` or `disqualified`.", examples=["open"])
    channel: str | None = Field(None, description="Where it came from.", examples=["site"])
    source: str | None = Field(None, description="Its source.", examples=["shop"])
    campaign: str | None = Field(None, description="Its campaign.", examples=["spring"])
    direction: str | None = Field(None, description="Its line of business.", examples=["retail"])
    is_returning: bool = Field(False, description="The customer was known before.", examples=[False])
    is_test: bool = Field(False, description="A test.", examples=[False])
    temperature: str | None = Field(None, description="`cold`, `warm` or `hot`.", examples=["hot"])
    category: str | None = Field(None, description="As the first line judged it.", examples=["a"])
    reason: str | None = Field(None, description="Why it was disqualified.", examples=["no_need"])
    responsible: str | None = Field(None, description="Its manager.", examples=["anna"])
    postponed_until: datetime | None = Field(None, description="Until then.", examples=["2026-03-01T09:00:00Z"])
    fields: dict[str, Any] = Field({}, description="Custom fields; a personal one is `true`.", examples=[{"size": "m"}])


class Message(Shape):
    """The message of the event."""

    state: str | None = Field(
        None, description="`requested`, `sent`, `delivered`, `failed`, `unconfirmed` or `bounced`.", examples=["sent"]
    )
    template: str | None = Field(None, description="Its template.", examples=["welcome"])
    opened_at: datetime | None = Field(
        None, description="When it was last opened, by a person.", examples=["2026-01-10T09:00:00Z"]
    )
    clicked_at: datetime | None = Field(
        None, description="When a link in it was last followed, by a person.", examples=["2026-01-10T09:00:00Z"]
    )
    replied_at: datetime | None = Field(None, description="When it was answered.", examples=["2026-01-10T09:00:00Z"])


class Past(Shape):
    """What happened to the customer before the event: ``earlier['message.sent.v1'].count``."""

    count: int = Field(0, description="How often.", examples=[1])
    last: datetime | None = Field(None, description="When last.", examples=["2026-01-10T09:00:00Z"])


SHAPES: dict[str, type[Shape]] = {"customer": Customer, "deal": Deal, "lead": Lead, "message": Message}
"""Variable -> what it is. Its id is the event's field ``<variable>_id``."""
FOLLOWED = ("customer", "deal", "lead")
"""Those whose dates an action may wait for: it moves with them."""
EARLIER = "earlier"
BEFORE = "before"
"""What was so of the customer, deal and lead just before the event: ``before.deal.stage``."""
OWN = "own"
"""Key of ``earlier`` for the effects that the same rule had for the customer."""


def before_of(names: Iterable[str]) -> type[BaseModel]:
    """What ``before`` is where these variables are there."""
    return create_model("Before", **{name: (SHAPES[name] | None, None) for name in names})  # type: ignore[call-overload,no-any-return]


def example(shape: type[Shape]) -> Shape:
    """One with everything filled in, to try conditions on."""
    return shape.model_validate(
        {name: field.examples[0] for name, field in shape.model_fields.items() if field.examples}
    )


def tables() -> str:
    """The variables of ``where`` as Markdown, for docs/conditions.md."""
    parts = []
    for name, shape in SHAPES.items():
        rows = [
            f"| `{name}.{field}` | {_kind(known.annotation)} | {known.description} |"
            for field, known in shape.model_fields.items()
        ]
        parts.append("\n".join(["| variable | type | what it is |", "|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _kind(annotation: Any) -> str:
    name = str(getattr(annotation, "__name__", annotation)) if not get_args(annotation) else str(annotation)
    return next(word for known, word in _KINDS if known in name)


_KINDS = (
    ("dict", "map"),
    ("tuple", "list"),
    ("Amount", "amount"),
    ("datetime", "time"),
    ("bool", "yes or no"),
    ("int", "number"),
    ("str", "text"),
)
