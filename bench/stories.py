"""What is measured with: events as the services write them, and people who ask for an offer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from events.contracts.deals import DealOpened, DealStageChanged, DealWon, Money
from events.contracts.leads import (
    CustomerRegistered,
    Identity,
    LeadAssigned,
    LeadCaptured,
    LeadQualified,
    LeadTouched,
    Touch,
)
from events.event import Event
from events.privacy import CustomerKey
from events.store import Append, Cause

CHANNELS = ("yandex", "google", "vk", "telegram", "web_form", "avito", "phone", "email")
DAYS = 336
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
MESSAGE = "Здравствуйте! Пришлите, пожалуйста, условия."
_TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"


def people(count: int) -> Iterator[Random]:
    """One source of chance per person: the same people in every run."""
    return (Random(number) for number in range(count))


def some_id(chance: Random) -> UUID:
    """A random id that is the same in every run."""
    return UUID(int=chance.getrandbits(128))


def captured(chance: Random, lead_id: UUID, customer_id: UUID) -> LeadCaptured:
    """The event of a typical capture: a web form with UTM marks and a message."""
    touch = Touch(
        touch_id=some_id(chance),
        channel=chance.choice(CHANNELS),
        intake="web_form",
        source="site",
        kind="form",
        campaign=f"campaign-{chance.randrange(40)}",
        medium="cpc",
        utm_source="yandex",
        landing_path="/offer",
        text=_key(chance, customer_id).seal(MESSAGE),
    )
    return LeadCaptured(lead_id=lead_id, customer_id=customer_id, touch=touch, direction="retail")


def cause(chance: Random) -> Cause:
    """Who did it, as in production: with a trace."""
    return Cause("key:site", some_id(chance), None, _TRACE)


def leads_story(chance: Random) -> tuple[list[Append], UUID, UUID]:
    """What leads says of one person, one decision per stream; with the ids of customer and lead."""
    customer_id, lead_id = some_id(chance), some_id(chance)
    at = BEGINNING + timedelta(days=chance.randrange(DAYS), seconds=chance.randrange(86_400))
    key = _key(chance, customer_id)
    card = CustomerRegistered(
        customer_id=customer_id,
        name=key.seal("Анна Петрова"),
        phones=(key.seal("+79123456789"),),
        emails=(key.seal("anna.petrova@example.com"),),
        identities=(
            Identity(kind="phone", index=some_id(chance).hex),
            Identity(kind="email", index=some_id(chance).hex),
        ),
        direction="retail",
    )
    manager = f"manager-{chance.randrange(20)}"
    ids = {"lead_id": lead_id, "customer_id": customer_id}
    first = captured(chance, lead_id, customer_id)
    lead: list[Event] = [first, LeadAssigned(**ids, manager_id=manager, strategy="round_robin", explanation="in turn")]
    if chance.random() < 0.2:
        lead.append(LeadTouched(**ids, touch=first.touch.model_copy(update={"touch_id": some_id(chance)})))
    if chance.random() < 0.6:
        lead.append(LeadQualified(**ids, temperature="warm", manager_id=manager))
    by = cause(chance)
    return [Append(customer_id, 0, [card], by, at), Append(lead_id, 0, lead, by, at)], customer_id, lead_id


def deals_story(chance: Random, customer_id: UUID, lead_id: UUID) -> list[Append]:
    """What deals says of every second lead: opened, two stages, won."""
    if chance.random() < 0.5:
        return []
    deal_id = some_id(chance)
    at = BEGINNING + timedelta(days=chance.randrange(DAYS))
    ids = {"deal_id": deal_id, "customer_id": customer_id}
    value = Money(amount=Decimal(chance.randrange(1_000, 90_000)), currency="RUB")
    deal: list[Event] = [
        DealOpened(
            **ids,
            lead_id=lead_id,
            number=f"D-{chance.randrange(10**6)}",
            pipeline="default",
            pipeline_version=1,
            stage="new",
            value=value,
            manager_id="manager-1",
            direction="retail",
        ),
        DealStageChanged(**ids, from_stage="new", to_stage="offer", to_kind="open"),
        DealStageChanged(**ids, from_stage="offer", to_stage="contract", to_kind="open"),
        DealWon(**ids, from_stage="contract", stage="won", value=value),
    ]
    return [Append(deal_id, 0, deal, cause(chance), at)]


def _key(chance: Random, customer_id: UUID) -> CustomerKey:
    return CustomerKey(customer_id, chance.randbytes(32))
