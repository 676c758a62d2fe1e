"""Every error is an RFC 9457 problem: the right status, the place of the fault, and nothing of the inside."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import pytest
from events import store
from events.app import Runtime
from events.auth import public
from events.decider import Rejected
from events.problems import CATALOGUE, Invalid, NotFound, TooManyRequests
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict
from serving import Serve
from starlette.exceptions import HTTPException


class Phone(BaseModel):
    number: str


class Person(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    age: int = 0
    phones: list[Phone] = []


RAISED: dict[str, Exception] = {
    "rejected": Rejected("reason-required", "A lost deal needs a reason."),
    "faster": store.Conflict(),
    "large": store.TooLarge("an event of 2 MB"),
    "missing": NotFound("There is no such lead."),
    "patience": TooManyRequests("Enough.", retry_after=7),
    "connection": ConnectionRefusedError("10.0.0.7:5432 secret-host"),
    "closed": asyncpg.InterfaceError("connection is closed"),
    "recovering": asyncpg.CannotConnectNowError("the database system is starting up"),
    "http": HTTPException(418),
    "bug": KeyError("a customer's value"),
    "sql": asyncpg.UndefinedColumnError('column "secret_column" does not exist'),
}


def routes(runtime: Runtime) -> Sequence[APIRouter]:
    router = APIRouter(dependencies=[Depends(public("a test"))])

    @router.post("/people")
    async def add(person: Person) -> Person:
        await runtime.pool.fetchval("SELECT $1::text", person.name)
        return person

    @router.get("/people/{person_id}")
    async def read(person_id: UUID) -> UUID:
        return person_id

    @router.get("/people")
    async def search(limit: Annotated[int, Query(le=100)] = 10, text: str = "") -> Any:
        return await runtime.pool.fetchval("SELECT $1::text", text)

    @router.get("/numbers/{number}")
    async def number(number: int) -> Any:
        return await runtime.pool.fetchval("SELECT $1::int", number)

    @router.get("/raises/{what}")
    async def raises(what: str) -> None:
        raise RAISED[what]

    return [router]


@pytest.mark.parametrize(
    ("what", "status", "slug"),
    [
        ("rejected", 409, "conflict"),
        ("faster", 409, "conflict"),
        ("large", 413, "too-large"),
        ("missing", 404, "not-found"),
        ("patience", 429, "too-many-requests"),
        ("connection", 503, "unavailable"),
        ("closed", 503, "unavailable"),
        ("recovering", 503, "unavailable"),
        ("http", 418, "http-error"),
        ("bug", 500, "internal-error"),
        ("sql", 500, "internal-error"),
    ],
)
async def test_every_error_is_a_problem(serve: Serve, what: str, status: int, slug: str) -> None:
    serving = await serve(routers=routes)
    answer = await serving.nobody.get(f"/raises/{what}")
    body = answer.json()
    assert answer.status_code == body["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["type"] == f"/problems/{slug}"
    assert len(body["trace_id"]) == 32
    assert "secret" not in answer.text
    assert "customer" not in answer.text
    assert ("retry-after" in answer.headers) == (status in (503, 429))


async def test_a_refusal_of_the_business_names_its_rule(serve: Serve) -> None:
    serving = await serve(routers=routes)
    body = (await serving.nobody.get("/raises/rejected")).json()
    assert (body["detail"], body["code"]) == ("A lost deal needs a reason.", "reason-required")


async def test_the_type_of_a_problem_leads_to_a_page_that_explains_it(serve: Serve) -> None:
    serving = await serve(routers=routes, settings={"public_url": "https://crm.example"})
    body = (await serving.nobody.get("/raises/missing")).json()
    assert body["type"] == "https://crm.example/problems/not-found"
    for slug, kind in CATALOGUE.items():
        page = await serving.nobody.get(f"/problems/{slug}")
        assert page.status_code == 200
        assert kind.title in page.text
        assert f"problems/{slug}" in (await serving.nobody.get("/problems")).text


async def test_faults_of_a_body_are_pointed_at(serve: Serve) -> None:
    serving = await serve(routers=routes)
    wrong = {"age": "old", "phones": [{"number": "1"}, {}], "extra~/": 1}
    answer = await serving.nobody.post("/people", json=wrong)
    assert answer.status_code == 422
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {"#/name", "#/age", "#/phones/1/number", "#/extra~0~1"}


async def test_what_was_sent_is_not_sent_back(serve: Serve) -> None:
    serving = await serve(routers=routes)
    answer = await serving.nobody.post("/people", json={"name": {"a": "+79161234567"}})
    assert answer.status_code == 422
    assert "79161234567" not in answer.text


async def test_faults_of_parameters_are_named(serve: Serve) -> None:
    serving = await serve(routers=routes)
    answer = await serving.nobody.get("/people", params={"limit": 1000})
    assert answer.status_code == 422
    assert [error["parameter"] for error in answer.json()["errors"]] == ["query:limit"]


@pytest.mark.parametrize("malformed", ["1", "not-a-uuid", "%00", "%FF%FE", f"{UUID(int=7)}0", "'; DROP TABLE leads"])
async def test_a_malformed_id_is_the_clients_fault(serve: Serve, malformed: str) -> None:
    serving = await serve(routers=routes)
    assert (await serving.nobody.get(f"/people/{malformed}")).status_code in (404, 422)


async def test_a_number_beyond_the_column_is_the_clients_fault(serve: Serve) -> None:
    serving = await serve(routers=routes)
    assert (await serving.nobody.get("/numbers/99999999999")).status_code == 422
    assert (await serving.nobody.get(f"/numbers/{'9' * 30}")).status_code == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (rb'{"name": "a\u0000b"}', 422),
        (rb'{"name": "a\\\u0000b"}', 422),
        (rb'{"name": "half \ud83d of a pair"}', 422),
        (rb'{"name": "half \uDE00 of a pair"}', 422),
        (b'{"name": "\xed\xa0\xbd"}', 400),
        (b'{"name": "a\x00b"}', 400),
        ('{"name": "a"}'.encode("utf-16"), 400),
        (b'{"name": "\xff"}', 400),
        (b'{"name": ', 400),
        (b"[" * 100_000, 400),
        (b'{"name": "a", "age": ' + b"9" * 10_000 + b"}", 400),
        (rb'{"name": "a backslash and u0000: \\u0000"}', 200),
        (rb'{"name": "\ud83d\ude00 \u043c\u0438\u0440"}', 200),
        ('{"name": "한국어 мир 😀"}'.encode(), 200),
    ],
)
async def test_only_text_that_can_be_stored_gets_in(serve: Serve, body: bytes, status: int) -> None:
    serving = await serve(routers=routes)
    answer = await serving.nobody.post("/people", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status, answer.text


async def test_a_nul_in_the_query_is_refused(serve: Serve) -> None:
    serving = await serve(routers=routes)
    assert (await serving.nobody.get("/people?text=a%00b")).status_code == 422


async def test_text_the_database_refuses_is_the_clients_fault_even_past_the_edge(serve: Serve) -> None:
    def careless(runtime: Runtime) -> Sequence[APIRouter]:
        router = APIRouter(dependencies=[Depends(public("a test"))])

        @router.get("/{how}")
        async def store_it(how: str) -> Any:
            return await runtime.pool.fetchval("SELECT $1::text", {"nul": "a\x00b", "half": "\ud83d"}[how])

        return [router]

    serving = await serve(routers=careless)
    assert (await serving.nobody.get("/nul")).status_code == 422
    assert (await serving.nobody.get("/half")).status_code == 422


async def test_a_database_that_goes_away_is_503_and_comes_back(serve: Serve) -> None:
    serving = await serve(routers=routes)
    connection = await asyncpg.connect(serving.runtime.settings.database_url.get_secret_value())
    database = await connection.fetchval("SELECT current_database()")
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = $1",
        database,
    )
    answers = [(await serving.nobody.get("/people")).status_code for _ in range(12)]
    assert set(answers) <= {200, 503}
    assert answers[-1] == 200
    await connection.close()


async def test_a_wrong_method_names_the_right_ones(serve: Serve) -> None:
    serving = await serve(routers=routes)
    answer = await serving.nobody.delete("/people/1")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert (await serving.nobody.post("/livez")).headers["allow"] == "GET, HEAD"


def test_a_fault_names_either_a_place_in_the_body_or_a_parameter() -> None:
    from events.problems import FieldError

    problem = Invalid("x", errors=[FieldError("a", pointer="#/a"), FieldError("b", parameter="query:b")])
    assert problem.body()["errors"] == [{"detail": "a", "pointer": "#/a"}, {"detail": "b", "parameter": "query:b"}]
