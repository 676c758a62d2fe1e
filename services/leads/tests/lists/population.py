"""Small populations, and how they stand in tables."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from events.store import Connection
from hypothesis import strategies as st

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HAND = UUID(int=0xAAAA)
CODES = {
    "size": "number",
    "colour": "choice",
    "likes": "multi_choice",
    "agreed": "flag",
    "met": "date",
    "due": "moment",
    "price": "money",
}
names = st.sampled_from(["a", "b", "c"])
maybe = st.none() | names
days = st.integers(0, 40)
currencies = st.sampled_from(["RUB", "EUR"])


def ago(days_: int) -> datetime:
    return NOW - timedelta(days=days_, hours=1)


@dataclass(frozen=True)
class Lead:
    channel: str
    campaign: str | None
    status: str
    temperature: str | None
    manager: str | None
    captured: int
    touched: int


@dataclass(frozen=True)
class Contact:
    kind: str
    result: str | None
    state: str
    at: int


@dataclass(frozen=True)
class Touch:
    channel: str
    campaign: str | None
    at: int


@dataclass(frozen=True)
class Deal:
    state: str
    stage: str
    amount: int
    currency: str
    closed: int
    told: bool


@dataclass(frozen=True)
class Word:
    channel: str | None
    given: bool
    at: int


@dataclass(frozen=True)
class Person:
    number: int
    parent: int | None
    direction: str | None
    manager: str | None
    segment: str | None
    registered: int
    tags: frozenset[str]
    custom: dict[str, Any]
    listed: bool | None
    open: Lead | None
    closed: tuple[Lead, ...]
    touches: tuple[Touch, ...]
    deals: tuple[Deal, ...]
    words: tuple[Word, ...]
    contacts: tuple[Contact, ...]
    by_hand: bool

    @property
    def id(self) -> UUID:
        return UUID(int=self.number + 1)

    @property
    def leads(self) -> tuple[Lead, ...]:
        return (*self.closed, self.open) if self.open else self.closed


def _lead(statuses: list[str]) -> st.SearchStrategy[Lead]:
    return st.builds(
        Lead, names, maybe, st.sampled_from(statuses), st.sampled_from([None, "cold", "hot"]), maybe, days, days
    )


CUSTOM = st.fixed_dictionaries(
    {},
    optional={
        "size": st.integers(-3, 3) | st.sampled_from([0.5, 1.5]),
        "colour": names,
        "likes": st.lists(names, min_size=1, max_size=3, unique=True),
        "agreed": st.booleans(),
        "met": days.map(lambda n: ago(n).date().isoformat()),
        "due": days.map(lambda n: ago(n).isoformat()),
        "price": st.builds(
            lambda amount, currency: {"amount": f"{amount}.50", "currency": currency}, st.integers(0, 3), currencies
        ),
    },
)


@st.composite
def people(draw: st.DrawFn) -> list[Person]:
    """Up to six cards, some merged into one that comes before."""
    states_of_deals = st.sampled_from(["open", "won", "lost"])
    deals = st.builds(Deal, states_of_deals, names, st.integers(0, 3), currencies, days, st.booleans())
    kinds, states = st.sampled_from(["call", "email"]), st.sampled_from(["planned", "registered", "concluded"])
    return [
        Person(
            number,
            draw(st.none() | st.integers(0, number - 1)) if number else None,
            draw(maybe),
            draw(maybe),
            draw(maybe),
            draw(days),
            draw(st.frozensets(names, max_size=2)),
            draw(CUSTOM),
            draw(st.sampled_from([None, None, True, False])),
            draw(st.none() | _lead(["new", "qualified"])),
            tuple(draw(st.lists(_lead(["disqualified"]), max_size=2))),
            tuple(draw(st.lists(st.builds(Touch, names, maybe, days), max_size=3))),
            tuple(draw(st.lists(deals, max_size=2))),
            tuple(draw(st.lists(st.builds(Word, maybe, st.booleans(), days), max_size=3))),
            tuple(draw(st.lists(st.builds(Contact, kinds, maybe, states, days), max_size=2))),
            draw(st.booleans()),
        )
        for number in range(draw(st.integers(1, 6)))
    ]


async def store(connection: Connection, population: list[Person]) -> None:
    """Writes the population as the service's own writers would leave it."""
    await connection.execute(
        "INSERT INTO leads (id, customer_id, version, status, direction, channel, intake, source, is_returning,"
        " is_test, captured_at, last_touch_at, touches)"
        " VALUES ($1, $2, 1, 'disqualified', 'a', 'x', 'i', 's', false, false,"
        " $3, $3, 1)",
        UUID(int=99), UUID(int=0xDEAD), NOW,
    )  # fmt: skip
    for p in population:
        parent = None if p.parent is None else UUID(int=p.parent + 1)
        await connection.execute(
            "INSERT INTO customers (id, version, direction, phones, emails, messengers, registered_at, manager_id,"
            " segment, merged_into) VALUES ($1, 1, $2, '{}', '{}', '{}', $3, $4, $5, $6)",
            p.id, p.direction, ago(p.registered), p.manager, p.segment, parent,
        )  # fmt: skip
        await connection.executemany(
            "INSERT INTO card_tags (card, tag, owner) VALUES ($1, $2, 'customer')", [(p.id, tag) for tag in p.tags]
        )
        await connection.executemany(
            "INSERT INTO card_values (card, field, owner, value) VALUES ($1, $2, 'customer', $3::jsonb)",
            [(p.id, code, json.dumps(value)) for code, value in p.custom.items()],
        )
        if p.listed is not None:
            await connection.execute("INSERT INTO black_list VALUES ($1, $2, $3)", p.id, p.listed, decided(p))
        for n, lead in enumerate(p.leads):
            await connection.execute(
                "INSERT INTO leads (id, customer_id, version, status, channel, intake, source, campaign, is_returning,"
                " is_test, captured_at, last_touch_at, touches, manager_id, temperature)"
                " VALUES ($1, $2, 1, $3, $4, 'i', 's', $5, false, false, $6, $7, 1, $8, $9)",
                lead_id(p, n), p.id, lead.status, lead.channel, lead.campaign, ago(lead.captured), ago(lead.touched),
                lead.manager, lead.temperature,
            )  # fmt: skip
        await connection.executemany(
            "INSERT INTO touches (touch_id, lead_id, customer_id, intake, is_repeat, deliveries, channel, source,"
            " campaign, occurred_at) VALUES ($1, $2, $3, 'i', false, 1, $4, 's', $5, $6)",
            [
                (UUID(int=(p.number + 1) * 100 + n), UUID(int=99), p.id, t.channel, t.campaign, ago(t.at))
                for n, t in enumerate(p.touches)
            ],
        )
        await connection.executemany(
            "INSERT INTO customer_deals (deal_id, customer_id, told, pipeline, stage, state, amount, currency,"
            " opened_at, closed_at) VALUES ($1, $2, $3, 'sales', $4, $5, $6, $7, $8, $9)",
            [
                (UUID(int=(p.number + 1) * 100 + n), p.id, d.told, d.stage, d.state, d.amount, d.currency, ago(50),
                 None if d.state == "open" else ago(d.closed))
                for n, d in enumerate(p.deals)
            ],
        )  # fmt: skip
        await connection.executemany(
            "INSERT INTO consents VALUES ($1, 'ads', $2, $3, $4) ON CONFLICT DO NOTHING",
            [(p.id, w.channel or "", ago(w.at), w.given) for w in p.words],
        )
        await connection.executemany(
            "INSERT INTO interactions (id, version, kind, state, intake, source, customer_id, at, result)"
            " VALUES ($1, 1, $2, $3, 'i', 's', $4, $5, $6)",
            [
                (UUID(int=(p.number + 1) * 100 + n), c.kind, c.state, p.id, ago(c.at), c.result)
                for n, c in enumerate(p.contacts)
            ],
        )
    await connection.execute(
        "INSERT INTO lists (id, version, name, created_at, created_by) VALUES ($1, 1, 'l', $2, 'user:a')", HAND, NOW
    )
    await connection.executemany(
        "INSERT INTO list_members VALUES ($1, $2, $3)", [(HAND, p.id, NOW) for p in population if p.by_hand]
    )


def decided(person: Person) -> datetime:
    """When the black list was last spoken of; no two of a population at the same time."""
    return NOW - timedelta(days=(person.number * 5) % 7)


def lead_id(person: Person, number: int) -> UUID:
    """The id of one of a person's leads."""
    return UUID(int=(person.number + 1) * 100 + number)
