"""The master key is replaced while the service runs; and what a key that is lost leaves."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from leads.privacy import rotating
from leads_system import MASTER_KEY, Running, running_leads

NEXT = bytes(range(1, 33))
PHONE, NAME = "+79123456789", "Анна"


async def captured(leads: Running, **fields: Any) -> str:
    answer = await leads.call("POST", "/leads", json=fields, headers={"idempotency-key": str(uuid4())})
    assert answer.status_code == 200, answer.text
    return answer.json()["customer_id"]  # type: ignore[no-any-return]


async def names(leads: Running, *customer_ids: str) -> list[str | None]:
    return [(await leads.call("GET", f"/customers/{one}")).json()["name"] for one in customer_ids]


async def rotated(leads: Running, **asked: Any) -> Any:
    answer = await leads.call("POST", "/keyring/rotate", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_master_key_is_replaced_in_three_steps_and_every_card_stays_readable(
    new_database: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(rotating, "PORTION", 2)
    dsn = await new_database("leads")
    async with running_leads(dsn, tmp_path, other_master_key=NEXT) as leads:
        cards = [await captured(leads, name=NAME, phones=[f"+7912345678{n}"]) for n in range(3)]
        source = {"secrets": ["a-secret-of-tilda"]}
        assert (await leads.call("PUT", "/sources/tilda/second", json=source)).status_code in (200, 201)
        assert (await rotated(leads))["rewrapped"] == 0, "the key in force has wrapped everything"
    async with running_leads(dsn, tmp_path, master_key=NEXT, other_master_key=MASTER_KEY) as leads:
        assert await names(leads, *cards) == [NAME] * 3
        cards.append(await captured(leads, name=NAME, phones=["+79123456784"]))
        foreseen = await rotated(leads, dry_run=True)
        first = await rotated(leads)
        assert first == foreseen
        assert (first["total"], first["checked"], first["sources"], first["unreadable"]) == (4, 2, 1, 0)
        again = await rotated(leads)
        assert (again["rewrapped"], again["sources"]) == (0, 0), "broken off, it goes on from the start at no cost"
        done, after = first["rewrapped"], first["next"]
        while after is not None:
            portion = await rotated(leads, after=after)
            done, after = done + portion["rewrapped"], portion["next"]
        assert done == 3, "the newest was wrapped by the new key from the start"
    async with running_leads(dsn, tmp_path, master_key=NEXT) as leads:
        assert await names(leads, *cards) == [NAME] * 4
        assert (await leads.call("GET", "/sources/tilda/second")).status_code == 200
        assert (await rotated(leads))["unreadable"] == 0


async def test_a_key_deleted_during_a_rotation_stays_deleted(new_database: Any, tmp_path: Path) -> None:
    dsn = await new_database("leads")
    async with running_leads(dsn, tmp_path) as leads:
        anna = await captured(leads, name=NAME, phones=[PHONE])
    async with running_leads(dsn, tmp_path, master_key=NEXT, other_master_key=MASTER_KEY) as leads:
        erased = {"ground": "consent_withdrawn", "reason": "letter 14"}
        assert (await leads.call("POST", f"/customers/{anna}/erasure", json=erased)).status_code == 202
        assert (await rotated(leads))["total"] == 0


async def test_a_card_whose_key_is_lost_is_shown_without_what_was_sealed(new_database: Any, tmp_path: Path) -> None:
    async with running_leads(await new_database("leads"), tmp_path) as leads:
        anna = await captured(leads, name=NAME, phones=[PHONE], text="hello")
        await leads.pool.execute("DELETE FROM keyring WHERE customer_id = $1", UUID(anna))
        for path in ("", "/history", "/summary"):
            answer = await leads.call("GET", f"/customers/{anna}{path}")
            assert answer.status_code == 200, answer.text
            assert NAME not in answer.text
            assert PHONE not in answer.text
        export = (await leads.call("GET", "/personal-data/export", params={"customer_id": anna})).json()
        assert export["tables"]["customers"][0]["name"] is None
        again = await leads.call(
            "POST", f"/customers/{anna}/erasure", json={"ground": "retention_ended", "reason": "the key was lost"}
        )
        assert again.status_code == 202, "without a key too the copies go"
