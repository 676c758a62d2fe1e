"""The OpenAPI description tells the truth: problems as they are, permissions as declared, proven by requests."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated
from uuid import UUID

import jsonschema_rs
import uvicorn
from events.app import Runtime, Service, build
from events.auth import CurrentPrincipal, public, require
from events.inputs import Day, Input, Whole
from events.problems import NotFound
from events.settings import Settings
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from serving import ADMIN_KEY, Serve


class Deal(Input):
    title: str = Field(max_length=100)
    amount: Whole = Field(ge=0, le=2**31 - 1)
    due: Day | None = None
    tags: list[str] = Field(default=[], max_length=5)


def routes(runtime: Runtime) -> Sequence[APIRouter]:
    router = APIRouter(tags=["Deals"])

    @router.post("/deals", status_code=201, dependencies=[Depends(require("deals:write"))])
    async def open_(deal: Deal, principal: CurrentPrincipal) -> Deal:
        await runtime.pool.fetchval("SELECT ($1::text, $2::int, $3::date)", deal.title, deal.amount, deal.due)
        return deal

    @router.get("/deals", dependencies=[Depends(require("deals:read"))])
    async def search(text: str = "", limit: Annotated[int, Query(ge=1, le=100)] = 10) -> list[str]:
        return [await runtime.pool.fetchval("SELECT $1::text", text)][:limit]

    @router.get("/deals/{deal_id}", dependencies=[Depends(require("deals:read"))])
    async def read(deal_id: UUID) -> Deal:
        raise NotFound(f"There is no deal {deal_id}.")

    @router.get("/stages", dependencies=[Depends(public("a test"))])
    async def stages() -> list[str]:
        return ["new"]

    return [router]


async def description(serve: Serve) -> dict[str, dict[str, dict[str, dict[str, object]]]]:
    serving = await serve(routers=routes)
    made: dict[str, dict[str, dict[str, dict[str, object]]]] = (await serving.nobody.get("/openapi.json")).json()
    return made


async def test_faults_are_described_as_the_problems_they_are(serve: Serve) -> None:
    described = await description(serve)
    assert str(described["openapi"]) == "3.1.0"
    operation = described["paths"]["/deals"]["post"]
    responses = operation["responses"]
    assert isinstance(responses, dict)
    assert {"201", "400", "401", "403", "413", "422", "500", "503"} <= set(responses)
    for status, response in responses.items():
        if status != "201":
            assert list(response["content"]) == ["application/problem+json"], status
    assert "HTTPValidationError" not in described["components"]["schemas"]


async def test_permissions_are_described_and_public_routes_ask_for_nothing(serve: Serve) -> None:
    paths = (await description(serve))["paths"]
    assert paths["/deals"]["post"]["security"] == [{"key": []}, {"header": []}]
    assert "`deals:write`" in str(paths["/deals"]["post"]["description"])
    assert "security" not in paths["/stages"]["get"]
    responses = paths["/stages"]["get"]["responses"]
    assert isinstance(responses, dict)
    assert "401" not in responses


async def test_a_problem_is_what_its_schema_says(serve: Serve) -> None:
    serving = await serve(routers=routes)
    schema = (await serving.nobody.get("/openapi.json")).json()["components"]["schemas"]["Problem"]
    valid = jsonschema_rs.validator_for(schema)
    for answer in (
        await serving.admin.post("/deals", json={"amount": -1, "x": 1}),
        await serving.admin.get("/deals", params={"limit": 0}),
        await serving.nobody.get("/deals"),
        await serving.nobody.get("/nowhere"),
    ):
        assert answer.status_code >= 400
        assert valid.is_valid(answer.json())
        assert set(answer.json()) <= set(schema["properties"])


async def test_no_generated_request_breaks_the_service_or_its_description(
    new_database: Callable[[], Awaitable[str]], no_migrations: Path
) -> None:
    service = Service("demo", "Demo", "For tests.", no_migrations, routers=routes)
    app = build(service, Settings(database_url=await new_database(), bootstrap_key=ADMIN_KEY))
    server = uvicorn.Server(uvicorn.Config(app, port=0, http="httptools", lifespan="on", log_config=None, ws="none"))
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"http://127.0.0.1:{port}/openapi.json"]
    options = ["-H", f"Authorization: Bearer {ADMIN_KEY}", "--max-examples", "10", "--seed", "1", "--no-color"]
    options += ["--phases", "examples,coverage,fuzzing"]
    fuzzing = await asyncio.create_subprocess_exec(*command, *options, stdout=asyncio.subprocess.PIPE)
    output, _ = await fuzzing.communicate()
    server.should_exit = True
    await serving
    assert fuzzing.returncode == 0, output.decode()
    assert "generated" in output.decode()
