"""Who was shown personal data: what stands in the audit, when it is written, and what is withheld."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest
from events import disclosure
from events.api_keys import new_key
from events.app import Runtime
from events.auth import require
from events.permissions import ROLE_PERMISSIONS
from events.privacy import CustomerKey
from fastapi import APIRouter, Depends, HTTPException, Response
from fastapi.responses import StreamingResponse
from serving import Serve, Serving

KEYS = {role: new_key() for role in ROLE_PERMISSIONS}
WRITER = new_key()
SECRET = bytes(32)


def sealed(customer_id: UUID) -> str:
    return CustomerKey(customer_id, SECRET).seal("Анна Ким")


def routes(runtime: Runtime) -> Sequence[APIRouter]:
    router = APIRouter()

    @router.get("/cards/{customer_id}", dependencies=[Depends(require("leads:read"))])
    async def card(customer_id: UUID) -> dict[str, str | None]:
        return {"name": CustomerKey(customer_id, SECRET).open(sealed(customer_id))}

    @router.get("/people", dependencies=[Depends(require("customers:read"))])
    async def people(known: bool = True) -> list[str | None]:
        ids = [UUID(int=n) for n in range(3)] if known else []
        return [CustomerKey(one, SECRET).open(sealed(one)) for one in ids]

    @router.get("/files/{code}.csv", dependencies=[Depends(require("reports:read"))])
    async def file(code: str) -> Response:
        disclosure.tell(rows=7)

        async def lines() -> Any:
            yield f"already {await runtime.pool.fetchval('SELECT count(*) FROM disclosures')}"

        return StreamingResponse(lines(), headers={"content-disposition": "attachment; filename=x.csv"})

    @router.get("/broken/{customer_id}", dependencies=[Depends(require("customers:read"))])
    async def broken(customer_id: UUID) -> None:
        CustomerKey(customer_id, SECRET).open(sealed(customer_id))
        raise HTTPException(409)

    @router.post("/cards/{customer_id}", dependencies=[Depends(require("leads:read"))])
    async def work(customer_id: UUID) -> bool:
        return CustomerKey(customer_id, SECRET).open(sealed(customer_id)) is not None

    @router.get("/known", dependencies=[Depends(require("customers:export"))])
    async def known() -> bool:
        return True

    @router.put("/cards/{customer_id}", dependencies=[Depends(require("leads:write"))])
    async def edit(customer_id: UUID) -> dict[str, str | None]:
        assert CustomerKey(customer_id, SECRET).open(sealed(customer_id)) == "Анна Ким"
        return {"name": name(customer_id), "later": await name_later(customer_id)}

    return [router]


@disclosure.shown
def name(customer_id: UUID) -> str | None:
    return CustomerKey(customer_id, SECRET).open(sealed(customer_id))


@disclosure.shown
async def name_later(customer_id: UUID) -> str | None:
    return name(customer_id)


@pytest.fixture
async def serving(serve: Serve) -> Serving:
    given = [{"key": key, "name": role, "roles": [role]} for role, key in KEYS.items()]
    given.append({"key": WRITER, "name": "writer", "roles": ["head"], "scopes": ["leads:write", "audit:read"]})
    return await serve(routers=routes, settings={"api_keys": given})


async def get(serving: Serving, path: str, role: str = "manager", method: str = "GET") -> httpx2.Response:
    return await serving.nobody.request(method, path, headers={"authorization": f"Bearer {KEYS[role]}"})


async def audit(serving: Serving, **asked: Any) -> list[dict[str, Any]]:
    answer = await serving.admin.get("/audit", params=asked)
    assert answer.status_code == 200, answer.text
    entries: list[dict[str, Any]] = answer.json()["entries"]
    return entries


async def test_who_read_a_card_stands_in_the_audit_without_a_word_of_the_card(serving: Serving) -> None:
    customer = uuid4()
    assert (await get(serving, f"/cards/{customer}?q=secret")).json() == {"name": "Анна Ким"}
    (entry,) = await audit(serving)
    assert entry | {"id": 0, "at": 0, "correlation_id": 0} == {
        "id": 0,
        "at": 0,
        "correlation_id": 0,
        "kind": "read",
        "actor": "key:manager",
        "actor_id": KEYS["manager"].split("_")[1],
        "route": "GET /cards/{customer_id}",
        "objects": [str(customer)],
        "customers": [str(customer)],
        "shown": 1,
        "reason": None,
    }


@pytest.mark.parametrize("role", sorted(ROLE_PERMISSIONS))
async def test_who_may_not_see_customers_is_shown_no_name_and_stands_nowhere(serving: Serving, role: str) -> None:
    answer = await get(serving, f"/cards/{uuid4()}", role)
    may_see = "customers:read" in ROLE_PERMISSIONS[role]
    assert answer.status_code == (200 if "leads:read" in ROLE_PERMISSIONS[role] else 403)
    if answer.status_code == 200:
        assert answer.json() == {"name": "Анна Ким" if may_see else None}
    assert len(await audit(serving)) == may_see


async def test_a_command_works_with_what_it_does_not_show_and_what_it_shows_is_noted(serving: Serving) -> None:
    customer = uuid4()
    answer = await get(serving, f"/cards/{customer}", "head", "PUT")
    assert answer.json() == {"name": "Анна Ким", "later": "Анна Ким"}
    (entry,) = await audit(serving)
    assert (entry["route"], entry["customers"]) == ("PUT /cards/{customer_id}", [str(customer)])


async def test_who_writes_without_seeing_customers_is_answered_without_their_names(serving: Serving) -> None:
    headers = {"authorization": f"Bearer {WRITER}"}
    answer = await serving.nobody.put(f"/cards/{uuid4()}", headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"name": None, "later": None})
    assert await audit(serving) == []


@pytest.mark.parametrize("said", ["письмо 14".encode(), b"%D0%BF%D0%B8%D1%81%D1%8C%D0%BC%D0%BE%2014", b"  "])
async def test_why_somebody_looks_stands_in_the_audit_as_he_says_it(serving: Serving, said: bytes) -> None:
    headers = [(b"authorization", f"Bearer {KEYS['manager']}".encode()), (b"x-request-reason", said)]
    assert (await serving.nobody.get(f"/cards/{uuid4()}", headers=headers)).status_code == 200
    (entry,) = await audit(serving)
    assert entry["reason"] == (None if said.isspace() else "письмо 14")


@pytest.mark.parametrize(("said", "kept"), [("x" * 201, "x" * 200), ("two%0Alines%00", "two lines")])
async def test_of_a_reason_one_line_is_kept_and_no_more_than_its_beginning(
    serving: Serving, said: str, kept: str
) -> None:
    headers = {"authorization": f"Bearer {KEYS['manager']}", "x-request-reason": said}
    assert (await serving.nobody.get(f"/cards/{uuid4()}", headers=headers)).status_code == 200
    assert [entry["reason"] for entry in await audit(serving)] == [kept]


async def test_where_reasons_are_needed_no_file_and_no_person_is_handed_over_without_one(serve: Serve) -> None:
    given = tuple({"key": key, "name": role, "roles": [role]} for role, key in KEYS.items())
    serving = await serve(routers=routes, settings={"api_keys": given, "reason_required": True})
    for path, kind in (("/files/a.csv", "export"), ("/known", "read")):
        headers = {"authorization": f"Bearer {KEYS['admin']}"}
        refused = await serving.nobody.get(path, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (422, "reason_required")
        assert (await serving.nobody.get(path, headers=headers | {"x-request-reason": "14"})).status_code == 200
        assert [(one["reason"], one["route"][4:10]) for one in await audit(serving, kind=kind)] == [("14", path[:6])]
    assert (await get(serving, f"/cards/{uuid4()}")).status_code == 200


async def test_a_file_is_noted_before_its_first_byte_goes_out(serving: Serving) -> None:
    answer = await get(serving, "/files/anna%40example.com.csv", "finance")
    assert answer.text == "already 1"
    (entry,) = await audit(serving, kind="export")
    assert (entry["actor"], entry["route"], entry["shown"]) == ("key:finance", "GET /files/{code}.csv", 7)
    assert entry["objects"] == []


async def test_a_search_that_finds_nobody_is_noted_and_an_answer_that_is_no_answer_is_not(serving: Serving) -> None:
    await get(serving, "/people?known=false")
    await get(serving, f"/broken/{uuid4()}")
    await get(serving, f"/cards/{uuid4()}", method="POST")
    assert [(entry["route"], entry["shown"]) for entry in await audit(serving)] == [("GET /people", 0)]


async def test_an_answer_that_cannot_be_noted_is_not_given(serving: Serving) -> None:
    async with serving.runtime.pool.acquire() as connection:
        await connection.execute("ALTER TABLE disclosures RENAME TO gone")
        answer = await get(serving, f"/cards/{uuid4()}")
        await connection.execute("ALTER TABLE gone RENAME TO disclosures")
    assert answer.status_code == 500
    assert "Анна" not in answer.text
    assert (await get(serving, f"/cards/{uuid4()}")).status_code == 200


async def test_the_audit_is_asked_by_person_customer_and_time_and_read_page_by_page(serving: Serving) -> None:
    customers = [uuid4() for _ in range(5)]
    await asyncio.gather(*(get(serving, f"/cards/{one}") for one in customers))
    await get(serving, f"/cards/{customers[0]}", "head")
    assert [e["actor"] for e in await audit(serving, customer_id=customers[0])] == ["key:head", "key:manager"]
    assert len(await audit(serving, actor="key:manager")) == 5
    assert await audit(serving, until="2026-01-01T00:00:00Z") == []
    seen, cursor = [], None
    while True:
        page = (await serving.admin.get("/audit", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [entry["id"] for entry in page["entries"]]
        if (cursor := page["next"]) is None:
            break
    assert len(seen) == len(set(seen)) == 6


async def test_the_audit_refuses_every_change_even_to_its_owner(serving: Serving) -> None:
    await get(serving, "/people")
    for statement in ("UPDATE disclosures SET actor = 'x'", "DELETE FROM disclosures", "TRUNCATE disclosures"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await serving.runtime.pool.execute(statement)
    granted = await serving.runtime.pool.fetch(
        "SELECT privilege_type FROM information_schema.role_table_grants"
        " WHERE table_name = 'disclosures' AND grantee = 'voronka_service'"
    )
    assert {row["privilege_type"] for row in granted} == {"SELECT", "INSERT"}


async def test_only_who_may_reads_the_audit(serving: Serving) -> None:
    answers = {role: (await get(serving, "/audit", role)).status_code for role in KEYS}
    assert {role for role, status in answers.items() if status == 200} == {"admin"}
