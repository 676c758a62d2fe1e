"""Any card in seconds, by what a person remembers of it."""

from typing import Any
from uuid import UUID

import pytest
from events.contracts.leads import CustomerContactAdded, CustomerRegistered
from events.testing import received
from leads.capture import Capturer
from leads.search.indexing import Indexing
from leads.search.tokens import Tokens
from leads_system import Running

Run = Any
PEOPLE = [
    {"id": "1", "name": "Анна Петрова", "phones": ["+79123456789"], "emails": ["anna@example.com"]},
    {"id": "2", "name": "Пётр Аннушкин", "phones": ["+79120000001"], "direction": "wholesale"},
    {"id": "3", "name": "Anna Maria Smith", "phones": ["+79120000002"], "direction": "retail"},
]


async def _index(leads: Running, capturer: Capturer) -> None:
    """What the consumer does for every card that the log tells of."""
    ids = [row["id"] for row in await leads.pool.fetch("SELECT id FROM customers")]
    async with leads.pool.acquire() as connection, connection.transaction():
        await Indexing(capturer.keyring, Tokens(capturer.blind)).index(connection, ids)


async def _found(leads: Running, text: str, role: str = "manager") -> list[str | None]:
    answer = await leads.call("GET", "/search", role, params={"q": text})
    assert answer.status_code == 200, answer.text
    return [card["name"] for card in answer.json()["customers"]]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("анн", {"Анна Петрова", "Пётр Аннушкин"}),
        ("пет АНН", {"Анна Петрова", "Пётр Аннушкин"}),
        ("петр", {"Анна Петрова", "Пётр Аннушкин"}),
        ("смит", set()),
        ("smi anna", {"Anna Maria Smith"}),
        ("8 912 345-67-89", {"Анна Петрова"}),
        ("6789", {"Анна Петрова"}),
        ("20000002", {"Anna Maria Smith"}),
        ("ANNA@example.com", {"Анна Петрова"}),
        ("nobody@example.com", set()),
        ("@ @", set()),
        ("12", set()),
        ("а б", set()),
        ("% _", set()),
    ],
)
async def test_a_card_is_found_by_what_is_remembered(run: Run, capturer: Capturer, text: str, names: set[str]) -> None:
    async with run() as leads:
        await leads.call("POST", "/leads/bulk", "integration", json=PEOPLE)
        await _index(leads, capturer)
        assert set(await _found(leads, text)) == names


async def test_whole_words_come_before_beginnings(run: Run, capturer: Capturer) -> None:
    async with run() as leads:
        await leads.call("POST", "/leads/bulk", "integration", json=PEOPLE)
        await _index(leads, capturer)
        assert (await _found(leads, "анна п"))[0] == "Анна Петрова"


async def test_who_sees_one_line_of_business_finds_nobody_of_another(run: Run, capturer: Capturer) -> None:
    async with run(manager_directions=["retail"]) as leads:
        await leads.call("POST", "/leads/bulk", "integration", json=PEOPLE)
        await _index(leads, capturer)
        assert set(await _found(leads, "ан")) == {"Анна Петрова"}
        assert await _found(leads, "anna") == ["Anna Maria Smith"]
        assert await _found(leads, "+79120000001") == []
        assert (await leads.call("GET", "/search", "bi", params={"q": "анна"})).status_code == 403


async def test_a_corrected_name_is_found_and_the_old_one_is_not(run: Run, capturer: Capturer) -> None:
    async with run() as leads:
        await leads.call("POST", "/leads/bulk", "integration", json=PEOPLE)
        await _index(leads, capturer)
        (card,) = (await leads.call("GET", "/search", params={"q": "петрова"})).json()["customers"]
        path = f"/customers/{card['customer_id']}"
        changed = await leads.call("PATCH", path, json={"name": "Анна Сидорова"})
        assert changed.status_code == 200, changed.text
        await _index(leads, capturer)
        assert (await _found(leads, "петрова"), await _found(leads, "сидор")) == ([], ["Анна Сидорова"])


async def test_an_erased_customer_is_found_by_nothing(run: Run, capturer: Capturer) -> None:
    async with run() as leads:
        await leads.call("POST", "/leads/bulk", "integration", json=PEOPLE)
        await _index(leads, capturer)
        await leads.pool.execute("DELETE FROM keyring")
        await _index(leads, capturer)
        assert await leads.pool.fetchval("SELECT count(*) FROM search_tokens") == 0


async def test_organisations_and_managers_are_found_too(run: Run) -> None:
    async with run() as leads:
        await leads.call("PUT", "/managers/anna", json={"name": "Анна Ким"})
        made = await leads.call("POST", "/organisations", json={"name": "Ромашка", "requisites": {"inn": "7707083893"}})
        assert made.status_code == 201, made.text
        for text in ("ромаш", "7707083893"):
            found = (await leads.call("GET", "/search", params={"q": text})).json()
            assert [organisation["name"] for organisation in found["organisations"]] == ["Ромашка"]
        assert [m["manager_id"] for m in (await leads.call("GET", "/search?q=ким")).json()["managers"]] == ["anna"]


async def test_a_batch_is_indexed_from_the_cards_as_they_stand_however_often_it_comes(
    run: Run, capturer: Capturer
) -> None:
    async with run() as leads:
        await leads.call("POST", "/leads/bulk", "integration", json=PEOPLE)
        ids: list[UUID] = [row["id"] for row in await leads.pool.fetch("SELECT id FROM customers")]
        # given: events that say nothing of what the cards hold now, in the wrong order
        told = [received(CustomerContactAdded(customer_id=id_), id_, 2, version=2) for id_ in ids]
        told += [received(CustomerRegistered(customer_id=id_), id_, 1) for id_ in ids]
        indexing = Indexing(capturer.keyring, Tokens(capturer.blind))
        # when
        for _ in range(2):
            async with leads.pool.acquire() as connection, connection.transaction():
                await indexing.react(connection, told)
        # then
        assert await _found(leads, "петрова") == ["Анна Петрова"]
        assert await leads.pool.fetchval("SELECT count(*) FROM search_tokens") == len(PEOPLE)


async def test_a_question_has_a_length(run: Run) -> None:
    async with run() as leads:
        for text in ("а", "x" * 201):
            assert (await leads.call("GET", "/search", params={"q": text})).status_code == 422
