"""Letters of automation, among the contacts of the card."""

from datetime import timedelta
from itertools import permutations
from uuid import UUID

import asyncpg
from events.contracts.automation import MessageClicked, MessageFailed, MessageOpened, MessageSent
from events.testing import AT, received
from leads.heard.listening import apply
from leads.interactions.reading import interactions_of

ANNA, LETTER = UUID(int=1), UUID(int=2)
WHAT = {"message_id": LETTER, "customer_id": ANNA, "medium": "email"}
LIFE = [
    received(MessageSent(**WHAT, template="welcome"), LETTER, 1, version=2),
    received(MessageOpened(**WHAT), LETTER, 2, version=3, occurred_at=AT + timedelta(hours=2)),
    received(MessageOpened(**WHAT), LETTER, 3, version=4, occurred_at=AT + timedelta(hours=1)),
    received(MessageClicked(**WHAT, link="catalogue"), LETTER, 4, version=5, occurred_at=AT + timedelta(hours=3)),
]


async def test_a_letter_is_among_the_contacts_whenever_its_events_are_heard(pool: asyncpg.Pool) -> None:
    for order in permutations(LIFE):
        async with pool.acquire() as connection:
            await connection.execute("TRUNCATE heard")
            for record in order:
                await apply(connection, [record])
            (contact,) = await interactions_of(connection, [ANNA], 10)
            assert (contact.kind, contact.flow, contact.state, contact.result) == ("email", "out", "clicked", "welcome")
            assert (contact.interaction_id, contact.at) == (LETTER, AT)


async def test_a_letter_that_failed_is_on_the_card_too(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        failed = MessageFailed(**WHAT, template="welcome", reason="no_email")
        await apply(connection, [received(failed, LETTER, 1, version=2)])
        (contact,) = await interactions_of(connection, [ANNA], 10)
        assert contact.state == "failed"
