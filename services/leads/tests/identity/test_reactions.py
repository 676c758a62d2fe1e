"""Weak matches, and the rule that merges by itself: what the consumer of leads' own events does."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from events.contracts.leads import CustomerDetailsChanged, DetailChange
from events.envelope import Received
from events.event import decode
from events.store import Append, Cause, Store, append_all
from events.testing import received
from leads.capture import Capturer
from leads.channels import Inquiry
from leads.identity.namesakes import Namesakes
from leads.identity.reactions import Reactions
from leads.recording import Recording
from leads.touch import Capture

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CAUSE = Cause("test", UUID(int=7))
NAME = "Анна Петрова"


class World:
    """Captures requests, and delivers the whole log of leads to the reactions, as often as it is told to."""

    def __init__(self, pool: asyncpg.Pool, capturer: Capturer, *, rule: bool = False) -> None:
        self.pool, self.capturer = pool, capturer
        self.recording = Recording(Store("leads", pool), capturer)
        self.reactions = Reactions(Namesakes(capturer.keyring, capturer.blind), merge_on_phone_and_email=rule)
        self.number = 0

    async def customer(self, name: str | None = NAME, **contacts: Any) -> UUID:
        self.number += 1
        inquiry = Inquiry(provider_id=str(self.number), occurred_at=AT, kind="form", name=name, **contacts)
        recorded = await self.recording.one(Capture(inquiry, "tilda", "shop", "tilda", CAUSE, AT))
        assert recorded.outcome.customer_id is not None
        return recorded.outcome.customer_id

    async def born(self, customer_id: UUID, birthday: str) -> None:
        """Somebody writes the birthday on the card."""
        async with self.pool.acquire() as connection, connection.transaction():
            key = (await self.capturer.keyring.read(connection, [customer_id]))[customer_id]
            change = DetailChange(detail="birthday", value=key.seal(birthday))
            event = CustomerDetailsChanged(customer_id=customer_id, changes=(change,))
            update = "UPDATE customers SET version = version + 1 WHERE id = $1 RETURNING version - 1"
            version = await connection.fetchval(update, customer_id)
            await append_all(connection, [Append(customer_id, version, [event], CAUSE, AT)])

    async def deliver(self) -> None:
        rows = await self.pool.fetch("SELECT * FROM events ORDER BY shard, position")
        async with self.pool.acquire() as connection, connection.transaction():
            await append_all(connection, await self.reactions.react(connection, [_record(row) for row in rows]))

    async def reasons(self) -> dict[frozenset[UUID], list[str]]:
        rows = await self.pool.fetch("SELECT low, high, reasons FROM matches WHERE status = 'suggested'")
        return {frozenset((row["low"], row["high"])): sorted(row["reasons"]) for row in rows}

    async def merged(self) -> dict[UUID, UUID]:
        rows = await self.pool.fetch("SELECT id, merged_into FROM customers WHERE merged_into IS NOT NULL")
        return {row["id"]: row["merged_into"] for row in rows}


def _record(row: asyncpg.Record) -> Received:
    event = decode(row["type"], row["data"].encode())
    return received(event, row["stream_id"], row["position"], version=row["version"], event_id=row["id"])


async def test_namesakes_whose_phones_differ_by_one_slip_are_suggested(pool: asyncpg.Pool, capturer: Capturer) -> None:
    world = World(pool, capturer)
    anna = await world.customer(phones=("+79123456789",))
    slip = await world.customer(name="петрова анна", phones=("+79123456798",))
    await world.customer(phones=("+79990000000",))
    await world.customer(name="Борис Петров", phones=("+79123456780",))
    await world.deliver()
    assert await world.reasons() == {frozenset((anna, slip)): ["name_and_phone"]}
    sealed = await pool.fetchval("SELECT string_agg(data::text, '') FROM events WHERE type LIKE 'customer.match%'")
    assert "нна" not in sealed
    assert "79123456" not in sealed


async def test_namesakes_born_on_one_day_are_suggested_whenever_it_becomes_known(
    pool: asyncpg.Pool, capturer: Capturer
) -> None:
    world = World(pool, capturer)
    one, other = await world.customer(phones=("+79123456789",)), await world.customer(emails=("a@example.com",))
    await world.deliver()
    assert await world.reasons() == {}
    await world.born(one, "1990-05-17")
    await world.born(other, "1990-05-17")
    await world.deliver()
    assert await world.reasons() == {frozenset((one, other)): ["name_and_birthday"]}


async def test_namesakes_of_one_organisation_are_suggested(pool: asyncpg.Pool, capturer: Capturer) -> None:
    world = World(pool, capturer)
    one, other = await world.customer(phones=("+79123456789",)), await world.customer(emails=("a@example.com",))
    firm = UUID(int=5)
    await pool.execute("INSERT INTO organisations (id, version, name, created_at) VALUES ($1, 1, 'Firm', $2)", firm, AT)
    for person in (one, other):
        await pool.execute(
            "INSERT INTO organisation_persons (organisation_id, customer_id, is_primary) VALUES ($1, $2, false)",
            firm,
            person,
        )
    await world.deliver()
    assert await world.reasons() == {frozenset((one, other)): ["name_and_organisation"]}


async def test_deliveries_that_come_again_tell_nothing_new(pool: asyncpg.Pool, capturer: Capturer) -> None:
    world = World(pool, capturer, rule=True)
    await world.customer(phones=("+79123456789",))
    await world.customer(phones=("+79123456798",))
    await world.customer(emails=("a@example.com",))
    await world.customer(phones=("+79123456789",), emails=("a@example.com",))
    await world.deliver()
    await world.deliver()
    before = await pool.fetchval("SELECT count(*) FROM events")
    await world.deliver()
    assert await pool.fetchval("SELECT count(*) FROM events") == before


async def test_an_erased_customer_is_no_namesake_any_more(pool: asyncpg.Pool, capturer: Capturer) -> None:
    world = World(pool, capturer)
    one = await world.customer(phones=("+79123456789",))
    await world.deliver()
    await pool.execute("DELETE FROM keyring WHERE customer_id = $1", one)
    await world.customer(phones=("+79123456798",))
    await world.deliver()
    assert await world.reasons() == {}
    assert not await pool.fetchval("SELECT count(*) FROM name_indexes WHERE customer_id = $1", one)


async def test_nothing_is_merged_by_itself_unless_it_is_switched_on(pool: asyncpg.Pool, capturer: Capturer) -> None:
    world = World(pool, capturer)
    await world.customer(phones=("+79123456789",))
    await world.customer(emails=("a@example.com",))
    await world.customer(phones=("+79123456789",), emails=("a@example.com",))
    await world.deliver()
    assert await world.merged() == {}


async def test_the_rule_merges_a_phone_and_an_email_that_agree(pool: asyncpg.Pool, capturer: Capturer) -> None:
    world = World(pool, capturer, rule=True)
    by_phone = await world.customer(phones=("+79123456789",))
    by_mail = await world.customer(emails=("a@example.com",))
    await world.customer(phones=("+79123456789",), emails=("a@example.com",))
    await world.deliver()
    assert await world.merged() == {by_mail: by_phone}
    (row,) = await pool.fetch("SELECT reason, actor, explanation FROM merges")
    assert (row["reason"], row["actor"]) == ("rule", "rule:identity")
    assert "nothing contradicts" in row["explanation"]


async def test_an_address_that_many_people_give_merges_one_pair_and_never_the_next(
    pool: asyncpg.Pool, capturer: Capturer
) -> None:
    world = World(pool, capturer, rule=True)
    await world.customer(emails=("info@example.com",))
    for n in range(5):
        await world.customer(name=None, phones=(f"+7912345678{n}",))
    for n in range(5):
        await world.customer(name=None, phones=(f"+7912345678{n}",), emails=("info@example.com",))
        await world.deliver()
    assert len(await world.merged()) == 1


async def test_who_was_split_is_never_merged_by_the_rule(pool: asyncpg.Pool, capturer: Capturer) -> None:
    world = World(pool, capturer, rule=True)
    by_phone = await world.customer(phones=("+79123456789",))
    by_mail = await world.customer(emails=("a@example.com",))
    await world.customer(phones=("+79123456789",), emails=("a@example.com",))
    await pool.execute("UPDATE matches SET status = 'dismissed'")
    await world.deliver()
    assert await world.merged() == {}
    assert by_phone != by_mail
