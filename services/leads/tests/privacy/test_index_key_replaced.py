"""The index key is replaced while the service runs: everybody stays who he is, and nobody becomes two."""

import asyncio
import json
import re
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import asyncpg
import pytest
from commands import listening, voronka
from events.blind_index import BlindIndex
from events.privacy import Keyring, MasterKey
from leads import index_key
from leads.identity.namesakes import Namesakes
from leads.privacy.reindexing import COLUMNS, Reindexing
from leads.search.indexing import Indexing
from leads.search.tokens import Tokens
from leads_system import INDEX_KEY, KEYS, MASTER_KEY, Running, running_leads

SECOND, THIRD = bytes(range(1, 33)), bytes(range(2, 34))
ANNA = {"name": "Анна Сергеевна Петрова", "phones": ["+79123456789"], "emails": ["anna@example.com"]}
PEOPLE = [ANNA, *({"name": f"Имя{n}", "phones": [f"+7912000000{n}"]} for n in range(9))]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("events.app.FITTING_SECONDS", 0.05)
    monkeypatch.setattr("leads.privacy.reindexing.PAUSE_SECONDS", 0.05)


async def asked(leads: Running, **person: Any) -> Any:
    return await leads.call("POST", "/leads", json=person, headers={"idempotency-key": str(uuid4())})


async def sent(leads: Running, **form: str) -> Any:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return await leads.client.post("/in/tilda/shop?key=tilda-secret", content=urlencode(form).encode(), headers=headers)


async def known(leads: Running, **person: Any) -> str:
    answer = await asked(leads, **person)
    assert answer.status_code == 200, answer.text
    return answer.json()["customer_id"]  # type: ignore[no-any-return]


async def replaced(leads: Running) -> Any:
    """Asks for the next key, and waits until everything has its form."""
    answer = await leads.call("POST", "/keyring/index-key/replacement")
    assert answer.status_code == 202, answer.text
    async with asyncio.timeout(30):
        while (state := (await leads.call("GET", "/keyring/index-key")).json())["wanted"] > state["form"] or state[
            "is_moving"
        ]:
            await asyncio.sleep(0.02)
        while leads.app.settings.blind.form < state["form"]:  # type: ignore[attr-defined]
            await asyncio.sleep(0.02)
    return state


async def reacted(leads: Running, blind: BlindIndex) -> None:
    """What the consumers do for every card that the log tells of."""
    keyring = Keyring(MasterKey(MASTER_KEY))
    ids = [row["id"] for row in await leads.pool.fetch("SELECT id FROM customers")]
    async with leads.pool.acquire() as connection, connection.transaction():
        await Indexing(keyring, Tokens(blind)).index(connection, ids)
        await Namesakes(keyring, blind).learn(connection, ids)


async def forms(pool: asyncpg.Pool) -> set[str]:
    """The first four hex digits of all indexes in all tables."""
    found = set()
    for table, column in COLUMNS:
        query = f"SELECT DISTINCT left({column}::text, 4) FROM {table} WHERE {column} IS NOT NULL"
        found |= {row[0] for row in await pool.fetch(query)}
    return found


async def test_the_index_key_is_replaced_twice_and_everybody_stays_who_he_is(new_database: Any, tmp_path: Path) -> None:
    dsn = await new_database("leads")
    async with running_leads(dsn, tmp_path) as leads:
        cards = [await known(leads, **person) for person in PEOPLE]
        named = [one["contact_id"] for one in (await leads.call("GET", f"/customers/{cards[0]}")).json()["contacts"]]
        await reacted(leads, BlindIndex(INDEX_KEY))
        refused = await leads.call("POST", "/keyring/index-key/replacement")
        assert (refused.status_code, "No key has come" in refused.text) == (409, True)
    for form, later in ((1, (SECOND,)), (2, (SECOND, THIRD))):
        async with running_leads(dsn, tmp_path, later_index_keys=later) as leads:
            state = await replaced(leads)
            assert state == {"form": form, "wanted": form, "newest": form, "is_moving": False}
            assert await forms(leads.pool) == {f"{form:04x}"}
            assert [await known(leads, **person) for person in PEOPLE] == cards
            for params in ({"phone": "8 912 345-67-89"}, {"email": "Anna@example.com"}):
                found = await leads.call("GET", "/customers", params=params)
                assert [one["customer_id"] for one in found.json()] == cards[:1]
            for text in ("пет ан", "6789", "anna@example.com", "89123456789"):
                found = await leads.call("GET", "/search", params={"q": text})
                assert [one["customer_id"] for one in found.json()["customers"]] == cards[:1], text
            said = await leads.call("POST", "/personal-data/named", role="service", json={"text": ANNA["name"]})
            assert said.json()["namesake_ids"] == cards[:1]
            card = (await leads.call("GET", f"/customers/{cards[0]}")).json()
            assert [one["contact_id"] for one in card["contacts"]] == named, "what the API calls a contact stays"
    async with running_leads(dsn, tmp_path, later_index_keys=(SECOND, THIRD)) as leads:
        gone = await leads.call("DELETE", f"/customers/{cards[0]}/contacts/{named[0]}")
        assert gone.status_code in (200, 204), gone.text
        assert await known(leads, phones=ANNA["phones"]) not in cards, "the number leads to nobody any more"


async def test_a_process_without_the_new_key_makes_no_second_card_and_says_why(
    new_database: Any, tmp_path: Path
) -> None:
    dsn = await new_database("leads")
    async with running_leads(dsn, tmp_path) as old, running_leads(dsn, tmp_path, later_index_keys=(SECOND,)) as new:
        anna = await known(old, **ANNA)
        await replaced(new)
        assert (await asked(old, **ANNA)).status_code == 503
        assert (await asked(old, phones=["+79129999999"])).status_code == 503
        found = await old.call("GET", "/customers", params={"phone": ANNA["phones"][0]})
        assert found.status_code == 503, "who is there is never said not to be"
        async with asyncio.timeout(5):
            while (probe := await old.client.get("/readyz")).status_code == 200:
                await asyncio.sleep(0.02)
        assert "VORONKA_LATER_INDEX_KEYS has 0 of the 1 keys" in probe.json()["detail"]
        async with listening(old) as url:
            ask = "doctor", "--service", "leads", "--json"
            code, out, _ = await voronka(*ask, key=KEYS["admin"], VORONKA_LEADS_URL=url)
        (told,) = [one for one in json.loads(out) if one["name"] == "ready"]
        assert (code, told["state"], told["fix"].partition("=")[0]) == (3, "fail", "VORONKA_LATER_INDEX_KEYS")
        assert (await new.client.get("/readyz")).status_code == 200
        assert await known(new, **ANNA) == anna
        assert await new.pool.fetchval("SELECT count(*) FROM customers") == 1


async def test_a_process_that_has_not_heard_of_the_new_key_yet_writes_and_finds_nothing_by_the_old_one(
    pool: asyncpg.Pool,
) -> None:
    """Given a database of the second form, whatever is given in the first fails, and is worth another try."""
    blind = BlindIndex(INDEX_KEY, SECOND)
    stale = blind.of("phone", "+79123456789")
    await pool.execute("INSERT INTO index_key (mark, form, wanted) VALUES ($1, 1, 1)", uuid4())
    for given in (f"'{stale}'::uuid", f"ARRAY['{stale}'::uuid]", "ARRAY[1::bigint]"):
        with pytest.raises(asyncpg.SerializationError, match="of another form"):
            await pool.fetchval(f"SELECT in_form({given})")
    blind.form = 1
    assert await pool.fetchval("SELECT in_form($1::text::uuid)", blind.of("phone", "+79123456789")) is not None
    for nothing in ("NULL::uuid", "'{}'::uuid[]", "ARRAY[NULL::uuid]", "'{}'::bigint[]"):
        await pool.fetchval(f"SELECT in_form({nothing})")


async def test_a_death_at_any_moment_leaves_the_form_before_and_the_next_attempt_ends_it(
    new_database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leads.privacy.reindexing.PORTION", 3)
    monkeypatch.setattr("leads.privacy.reindexing.CARDS", 3)
    dsn = await new_database("leads")
    async with running_leads(dsn, tmp_path) as leads:
        cards = [await known(leads, **person) for person in PEOPLE]
        await reacted(leads, BlindIndex(INDEX_KEY))

    class Dying(BlindIndex):
        left = 0

        def next(self, index: bytes, form: int) -> bytes:
            self.left -= 1
            if self.left == 0:
                raise RuntimeError("the process dies here")
            return super().next(index, form)

    async with running_leads(dsn, tmp_path, later_index_keys=(SECOND,), roles=frozenset(("api",))) as leads:
        answer = await leads.call("POST", "/keyring/index-key/replacement")
        assert answer.json()["wanted"] == 1
        before = await forms(leads.pool)
        for dies_at in range(1, 14, 3):
            blind = Dying(INDEX_KEY, SECOND)
            blind.left = dies_at
            with pytest.raises(RuntimeError, match="dies here"):
                await Reindexing(leads.pool, blind)._look_once()
            assert await forms(leads.pool) == before
            assert await known(leads, **ANNA) == cards[0]
        blind = Dying(INDEX_KEY, SECOND)
        assert await Reindexing(leads.pool, blind)._look_once() > 0
        blind.form, blind.left = 1, 15
        with pytest.raises(RuntimeError, match="dies here"):
            while await Reindexing(leads.pool, blind)._look_once():
                pass
        async with asyncio.timeout(5):
            while not leads.app.settings.blind.is_moving:  # type: ignore[attr-defined]
                await asyncio.sleep(0.02)
        for number in range(9):
            found = await leads.call("GET", "/search", params={"q": f"имя{number}"})
            assert [one["customer_id"] for one in found.json()["customers"]] == [cards[number + 1]], "in either form"
        blind.left = 0
        while await Reindexing(leads.pool, blind)._look_once():
            pass
        rows = await leads.pool.fetch("SELECT tokens FROM search_tokens")
        assert {token >> 48 for row in rows for token in row["tokens"]} == {1}
        assert len(rows) == len(PEOPLE)


async def test_whoever_is_about_to_write_tokens_of_search_is_waited_for(new_database: Any, tmp_path: Path) -> None:
    """Given a card whose tokens are written and not committed, nobody who moves the others would see them."""
    dsn = await new_database("leads")
    async with running_leads(dsn, tmp_path, later_index_keys=(SECOND,), roles=frozenset(("api",))) as leads:
        anna = await known(leads, **ANNA)
        await leads.call("POST", "/keyring/index-key/replacement")
        blind = BlindIndex(INDEX_KEY, SECOND)
        async with leads.pool.acquire() as connection:
            writing = connection.transaction()
            await writing.start()
            await Indexing(Keyring(MasterKey(MASTER_KEY)), Tokens(BlindIndex(INDEX_KEY))).index(
                connection, [UUID(anna)]
            )
            replacing = asyncio.create_task(Reindexing(leads.pool, blind)._look_once())
            done, _ = await asyncio.wait({replacing}, timeout=0.5)
            assert not done
            await writing.commit()
        assert await replacing > 0
        blind.form = 1
        assert await Reindexing(leads.pool, blind)._look_once() == 1
        tokens = await leads.pool.fetchval("SELECT tokens FROM search_tokens")
        assert {token >> 48 for token in tokens} == {1}


async def test_requests_that_come_while_the_key_is_replaced_are_all_taken_and_split_nobody(
    new_database: Any, tmp_path: Path
) -> None:
    dsn = await new_database("leads")
    async with running_leads(dsn, tmp_path, later_index_keys=(SECOND, THIRD)) as leads:
        cards = [await known(leads, **person) for person in PEOPLE]
        counted = 0

        async def keep_asking(number: int) -> None:
            nonlocal counted
            for _ in range(15):
                key = str(uuid4())
                while True:
                    answer = await leads.call("POST", "/leads", json=PEOPLE[number], headers={"idempotency-key": key})
                    if answer.status_code != 503:
                        break
                    await asyncio.sleep(0.02)
                assert answer.json()["customer_id"] == cards[number], answer.text
                counted += 1

        async def send_forms() -> None:
            for number in range(30):
                answer = await sent(leads, Name="Анна", Phone="+7 912 345-67-89", tranid=f"7:{number}")
                assert answer.status_code == 200, "a channel is never refused"
                await asyncio.sleep(0.01)

        async with asyncio.TaskGroup() as group:
            for number in range(len(PEOPLE)):
                group.create_task(keep_asking(number))
            group.create_task(send_forms())
            await replaced(leads)
            await replaced(leads)
        await leads.settled()
        assert counted == 15 * len(PEOPLE)
        assert await leads.pool.fetchval("SELECT count(*) FROM customers") == len(PEOPLE)
        assert await leads.pool.fetchval("SELECT count(*) FROM intake WHERE state <> 'done'") == 0
        assert await leads.pool.fetchval("SELECT count(*) FROM touches") == (1 + 15) * len(PEOPLE) + 30


async def test_an_erasure_that_is_under_way_finds_the_person_after_the_key_was_replaced(
    new_database: Any, tmp_path: Path
) -> None:
    dsn = await new_database("leads")
    async with running_leads(dsn, tmp_path, later_index_keys=(SECOND,), roles=frozenset(("api",))) as leads:
        anna = await known(leads, **ANNA)
        assert (await sent(leads, Phone="call +7 912 345 67 89 please", tranid="9:1")).status_code == 200
        await leads.pool.execute("UPDATE intake SET state = 'quarantined'")
        why = {"ground": "consent_withdrawn", "reason": "letter 14"}
        assert (await leads.call("POST", f"/customers/{anna}/erasure", json=why)).status_code == 202
        assert (await leads.call("POST", "/keyring/index-key/replacement")).status_code == 202
        blind: BlindIndex = leads.app.settings.blind  # type: ignore[attr-defined]
        await Reindexing(leads.pool, blind)._look_once()
        async with asyncio.timeout(5):
            while blind.form == 0:
                await asyncio.sleep(0.02)
        (contacts,) = await leads.pool.fetchrow("SELECT contacts FROM erasures")
        assert {contact.hex[:4] for contact in contacts} == {"0001"}
    async with running_leads(dsn, tmp_path, later_index_keys=(SECOND,)) as leads:
        async with asyncio.timeout(10):
            while await leads.pool.fetchval("SELECT count(*) FROM erasures WHERE searched_at IS NULL"):
                await asyncio.sleep(0.02)
        assert await leads.pool.fetchval("SELECT sum(requests) FROM erasures") == 1


async def test_the_command_line_replaces_the_index_key_and_waits_for_the_end(new_database: Any, tmp_path: Path) -> None:
    async with running_leads(await new_database("leads"), tmp_path, later_index_keys=(SECOND,)) as leads:
        await known(leads, **ANNA)
        async with listening(leads) as url:
            asking = partial(voronka, "keys", "rotate-index", key=KEYS["admin"], VORONKA_LEADS_URL=url)
            code, out, _ = await asking("--dry-run", "--json")
            assert (code, json.loads(out)["form"], json.loads(out)["newest"]) == (0, 0, 1)
            code, out, _ = await asking("--json")
            assert (code, json.loads(out)) == (0, {"form": 1, "wanted": 1, "newest": 1, "is_moving": False})
            code, _, err = await asking()
            assert (code, "No key has come" in err) == (1, True)


async def test_every_column_of_blind_indexes_is_made_anew(pool: asyncpg.Pool) -> None:
    rows = await pool.fetch(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND udt_name IN ('uuid', '_uuid') AND column_name ~ 'index'"
    )
    assert {tuple(row) for row in rows} == set(COLUMNS)


def test_every_statement_that_is_given_an_index_asks_for_its_form() -> None:
    root = Path(index_key.__file__).parent
    texts = [path.read_text() for path in sorted(root.rglob("*")) if path.suffix in (".sql", ".py")]
    given = re.compile(r"(?:blind_index|phone_index)\s*(?:=|IN)\s*(?:ANY\s*)?\(?\s*\$\d")
    assert [found for text in texts for found in given.findall(text)] == []
    assert sum("in_form(" in text for text in texts) == 20, "those that look up, and those that write"
