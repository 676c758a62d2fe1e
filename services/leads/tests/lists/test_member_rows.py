"""Lists filled from files."""

import asyncio
import csv
import io
from typing import Any
from uuid import uuid4

import orjson
from leads_system import Running

Run = Any
VIP = {"field": "tag", "op": "in", "value": ["vip"]}


async def _customer(leads: Running, n: int) -> str:
    made = await leads.call("POST", "/leads", json={"phones": [f"+7912000{n:04}"], "emails": [f"a{n}@b.ru"]})
    return str(made.json()["customer_id"])


async def _saved(leads: Running, **what: Any) -> str:
    return str((await leads.call("POST", "/lists", json={"name": "Partners", **what})).json()["list_id"])


async def _members(leads: Running, list_id: str) -> set[str]:
    answer = await leads.call("GET", f"/lists/{list_id}/members")
    return {one["customer_id"] for one in answer.json()["customers"]}


async def _imported(leads: Running, list_id: str, rows: list[str], columns: Any, **more: str) -> dict[str, Any]:
    content = "\n".join(["Phone,Mail,Id,Note", *rows]).encode()
    mapping = orjson.dumps({"list_id": list_id, "columns": columns}).decode()
    form = {"kind": "list-members", "name": "partners", "mapping": mapping, **more}
    answer = await leads.call("POST", "/imports", "head", data=form, files={"file": ("p.csv", content, "text/csv")})
    assert answer.status_code in (200, 202), answer.text
    async with asyncio.timeout(60):
        while True:
            card = (await leads.call("GET", f"/imports/{answer.json()['import_id']}", "head")).json()
            if card["state"] not in ("queued", "running"):
                return dict(card)
            await asyncio.sleep(0.02)


def _counts(card: dict[str, Any]) -> tuple[int, int, int]:
    return card["captured"], card["duplicates"], card["rejected"]


async def test_a_file_fills_a_list_with_people_who_are_known_and_refuses_others(run: Run) -> None:
    async with run() as leads:
        anna, boris, vera = [await _customer(leads, n) for n in (1, 2, 3)]
        list_id = await _saved(leads)
        rows = ["+79120000001,,", ",a2@b.ru,", f",,{vera}", "89120000001,,", "+79129999999,,", ",,,who?", "12,,"]
        columns = {"phone": "Phone", "email": "Mail", "customer_id": "Id"}
        seen = await _imported(leads, list_id, rows, columns, dry_run="true")
        assert (_counts(seen), await _members(leads, list_id)) == ((3, 1, 3), set())
        done = await _imported(leads, list_id, rows, columns)
        assert (_counts(done), await _members(leads, list_id)) == ((3, 1, 3), {anna, boris, vera})
        again = await _imported(leads, list_id, rows, columns, name="again")
        assert _counts(again) == (0, 4, 3)
        text = (await leads.call("GET", f"/imports/{done['import_id']}/rejected.csv", "head")).text
        told = {row["_line"]: row["_reason"] for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))}
        assert told["6"] == "There is no such customer."
        assert told["7"] == "the row fills in no column that names a customer"
        assert "79129999999" not in text


async def test_a_file_for_a_list_that_takes_nobody_is_refused_row_by_row(run: Run) -> None:
    async with run() as leads:
        await _customer(leads, 1)
        for list_id in (await _saved(leads, criteria=VIP), str(uuid4())):
            assert _counts(await _imported(leads, list_id, ["+79120000001,,"], {"phone": "Phone"})) == (0, 0, 1)
