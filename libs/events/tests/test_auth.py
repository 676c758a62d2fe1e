"""Who may do what: deny by default, permissions of roles, keys and what becomes of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import asyncpg
import httpx2
import pytest
from events.api_keys import ApiKeys, new_key
from events.app import Runtime
from events.auth import CurrentPrincipal, Principal, RawRoute, access_of, public, require
from events.configuration import ConfigurationError
from events.permissions import PERMISSIONS, ROLE_PERMISSIONS, permissions_of
from fastapi import APIRouter, Depends
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from serving import ADMIN_KEY, Serve, Serving
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROLES = st.frozensets(st.sampled_from([*ROLE_PERMISSIONS, "unheard-of"]))
SCOPES = st.frozensets(st.sampled_from([*PERMISSIONS, "unheard:of"]))


class Body(BaseModel):
    text: str


def routes(_runtime: Runtime) -> Sequence[APIRouter]:
    router = APIRouter()

    @router.get("/who", dependencies=[Depends(require("leads:read"))])
    async def who(principal: CurrentPrincipal) -> dict[str, object]:
        return {"actor": principal.actor, "directions": sorted(principal.directions)}

    @router.get("/typed")
    async def typed(principal: Annotated[Principal, Depends(require("leads:read"))]) -> str:
        return principal.actor

    @router.post("/deals", dependencies=[Depends(require("deals:write"))])
    async def write(body: Body) -> str:
        return body.text

    @router.get("/open", dependencies=[Depends(public("everybody may know"))])
    async def open_() -> str:
        return "open"

    return [router]


async def make(serving: Serving, **wanted: object) -> dict[str, object]:
    answer = await serving.admin.post("/api-keys", json={"name": "web-team", "roles": ["manager"]} | wanted)
    assert answer.status_code == 201, answer.text
    made: dict[str, object] = answer.json()
    return made


async def ask(serving: Serving, key: object, path: str = "/who") -> httpx2.Response:
    return await serving.nobody.get(path, headers={"authorization": f"Bearer {key}"})


# --- deny by default


def undeclared(_runtime: Runtime) -> Sequence[APIRouter]:
    router = APIRouter()

    @router.get("/forgotten")
    async def forgotten() -> str:
        return "anybody may read this"

    return [router]


def undeclared_inside(runtime: Runtime) -> Sequence[APIRouter]:
    outer = APIRouter(prefix="/outer")
    outer.include_router(undeclared(runtime)[0])
    return [outer]


async def unsigned(_scope: Scope, _receive: Receive, _send: Send) -> None: ...


def undeclared_raw(_runtime: Runtime) -> Mapping[str, ASGIApp]:
    return {"/in": unsigned}


@pytest.mark.parametrize(
    ("declared", "named"),
    [
        ({"routers": undeclared}, "/forgotten"),
        ({"routers": undeclared_inside}, "/outer/forgotten"),
        ({"raw_routes": undeclared_raw}, "/in"),
    ],
)
async def test_a_route_that_declares_nothing_keeps_the_service_from_starting(
    serve: Serve, declared: dict[str, object], named: str
) -> None:
    with pytest.raises(ConfigurationError, match=named):
        await serve(**declared)


def test_a_permission_nobody_explained_cannot_be_required() -> None:
    with pytest.raises(ValueError, match="not a permission"):
        require("leads:reed")


def test_a_public_route_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="reason"):
        public("")


async def test_every_declaration_is_found_wherever_it_stands(serve: Serve) -> None:
    serving = await serve()
    outer = APIRouter(dependencies=[Depends(require("leads:read"))])
    outer.include_router(undeclared(serving.runtime)[0], prefix="/inner")
    raw = RawRoute(unsigned, public("signed by the provider"), "/in/{channel}")
    all_routes = [*outer.routes, *routes(serving.runtime)[0].routes]
    assert {route.path: route.needs or route.public for route in access_of(all_routes, {"/in": raw})} == {
        "/inner/forgotten": ("leads:read",),
        "/who": ("leads:read",),
        "/typed": ("leads:read",),
        "/deals": ("deals:write",),
        "/open": "everybody may know",
        "/in": "signed by the provider",
    }


async def test_a_route_may_need_several_permissions_and_then_needs_all_of_them(serve: Serve) -> None:
    def both(_runtime: Runtime) -> Sequence[APIRouter]:
        router = APIRouter(dependencies=[Depends(require("leads:read"))])

        @router.get("/both", dependencies=[Depends(require("reports:read"))])
        async def read() -> str:
            return "both"

        return [router]

    serving = await serve(routers=both)
    for scopes, status in ((["leads:read"], 403), (["reports:read"], 403), (["leads:read", "reports:read"], 200)):
        key = (await make(serving, scopes=scopes))["key"]
        assert (await ask(serving, key, "/both")).status_code == status


async def test_a_public_route_in_a_guarded_router_stays_guarded(serve: Serve) -> None:
    def mixed(_runtime: Runtime) -> Sequence[APIRouter]:
        router = APIRouter(dependencies=[Depends(require("leads:read"))])

        @router.get("/mixed", dependencies=[Depends(public("by mistake"))])
        async def read() -> str:
            return "mixed"

        return [router]

    serving = await serve(routers=mixed)
    assert (await serving.nobody.get("/mixed")).status_code == 401


async def test_a_router_inside_a_router_is_guarded_too(serve: Serve) -> None:
    def nested(runtime: Runtime) -> Sequence[APIRouter]:
        outer = APIRouter(prefix="/outer", dependencies=[Depends(require("leads:read"))])
        outer.include_router(undeclared(runtime)[0])
        return [outer]

    serving = await serve(routers=nested)
    assert (await serving.nobody.get("/outer/forgotten")).status_code == 401
    assert (await serving.admin.get("/outer/forgotten")).status_code == 200


# --- roles and permissions


def test_roles_name_only_permissions_that_exist_and_every_permission_is_somebodys() -> None:
    granted = frozenset[str]().union(*ROLE_PERMISSIONS.values())
    assert granted == frozenset(PERMISSIONS)


def test_only_services_read_the_keyring() -> None:
    assert [role for role, allowed in ROLE_PERMISSIONS.items() if "keyring:read" in allowed] == ["service"]


def test_bi_reads_reports_and_nothing_of_customers() -> None:
    assert ROLE_PERMISSIONS["bi"] == {"reports:read", "exports:read"}


@given(ROLES, SCOPES)
def test_scopes_only_ever_narrow(roles: frozenset[str], scopes: frozenset[str]) -> None:
    assert permissions_of(roles, scopes) <= permissions_of(roles) <= frozenset(PERMISSIONS)
    if scopes:
        assert permissions_of(roles, scopes) <= scopes


@given(ROLES, ROLES)
def test_more_roles_allow_what_each_of_them_allows(some: frozenset[str], more: frozenset[str]) -> None:
    assert permissions_of(some | more) == permissions_of(some) | permissions_of(more)


@pytest.mark.parametrize(
    ("directions", "seen"),
    [(set(), {None}), ({"*"}, {None, "b2b", "retail"}), ({"b2b"}, {None, "b2b"})],
)
def test_a_principal_sees_its_lines_of_business_and_what_has_none(directions: set[str], seen: set[str | None]) -> None:
    principal = Principal("key", "k", "n", frozenset(("manager",)), frozenset(directions))
    assert {direction for direction in (None, "b2b", "retail") if principal.sees(direction)} == seen


# --- requests


async def test_without_a_credential_only_public_routes_answer(serve: Serve) -> None:
    serving = await serve(routers=routes)
    for path in ("/who", "/typed", "/api-keys"):
        answer = await serving.nobody.get(path)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert (await serving.nobody.get("/open")).json() == "open"


async def test_a_stranger_is_turned_away_before_his_body_is_read(serve: Serve) -> None:
    serving = await serve(routers=routes)
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("the body was read")

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
    scope = {"type": "http", "method": "POST", "path": "/deals", "query_string": b"", "headers": headers}
    await serving.app(scope, receive, send)
    assert sent[0]["status"] == 401


@pytest.mark.parametrize("header", ["authorization", "x-api-key"])
async def test_a_key_opens_what_its_roles_allow(serve: Serve, header: str) -> None:
    serving = await serve(routers=routes)
    key = (await make(serving, roles=["marketer"], directions=["b2b"]))["key"]
    sent = {header: f"Bearer {key}" if header == "authorization" else str(key)}
    assert (await serving.nobody.get("/who", headers=sent)).json() == {"actor": "key:web-team", "directions": ["b2b"]}
    assert (await serving.nobody.get("/typed", headers=sent)).json() == "key:web-team"
    refused = await serving.nobody.post("/deals", json={"text": "x"}, headers=sent)
    assert refused.status_code == 403
    assert "deals:write" in refused.json()["detail"]


async def test_a_scope_narrows_a_key(serve: Serve) -> None:
    serving = await serve(routers=routes)
    key = (await make(serving, roles=["manager"], scopes=["deals:write"]))["key"]
    assert (await ask(serving, key)).status_code == 403
    wrote = await serving.nobody.post("/deals", json={"text": "x"}, headers={"x-api-key": str(key)})
    assert wrote.status_code == 200


@pytest.mark.parametrize(
    "credential", ["", "Bearer", "Basic YTpi", "Bearer x", "Bearer vk_", "Bearer a.b.c", "Bearer \u00ff"]
)
async def test_a_credential_of_another_form_is_refused(serve: Serve, credential: str) -> None:
    serving = await serve(routers=routes)
    answer = await serving.nobody.get("/who", headers={"authorization": credential.encode("latin-1")})
    assert answer.status_code == 401


async def test_wrong_unknown_expired_and_revoked_keys_get_one_and_the_same_answer(serve: Serve) -> None:
    serving = await serve(routers=routes)
    good = await make(serving)
    key = str(good["key"])
    expired = await make(serving, expires_at=(datetime.now(UTC) - timedelta(seconds=1)).isoformat())
    revoked = await make(serving)
    assert (await serving.admin.delete(f"/api-keys/{revoked['id']}")).status_code == 204
    wrong = key[:-1] + ("A" if key[-1] != "A" else "B")
    answers = [(await ask(serving, one)).json() for one in (wrong, new_key(), expired["key"], revoked["key"])]
    for answer in answers:
        answer.pop("trace_id")
    assert answers == [answers[0]] * 4
    assert answers[0]["status"] == 401


# --- the life of a key


async def test_only_the_hash_of_a_secret_is_kept(serve: Serve) -> None:
    serving = await serve()
    made = await make(serving)
    secret = str(made["key"]).split("_", 2)[2]
    row = await serving.runtime.pool.fetchval("SELECT row_to_json(k)::text FROM api_keys k")
    assert secret not in row
    assert secret not in (await serving.admin.get("/api-keys")).text
    assert "hash" not in (await serving.admin.get("/api-keys")).text


async def test_a_revoked_key_stops_at_once_here_and_revoking_again_changes_nothing(serve: Serve) -> None:
    serving = await serve(routers=routes)
    made = await make(serving)
    assert (await ask(serving, made["key"])).status_code == 200
    times = []
    for _ in range(2):
        assert (await serving.admin.delete(f"/api-keys/{made['id']}")).status_code == 204
        times.append(await serving.runtime.pool.fetchval("SELECT revoked_at FROM api_keys"))
    assert times[0] == times[1]
    assert (await ask(serving, made["key"])).status_code == 401
    assert (await serving.admin.delete("/api-keys/nothere")).status_code == 404


async def test_a_key_is_remembered_for_its_time_and_not_beyond_its_end(serve: Serve) -> None:
    serving = await serve()
    now = [1000.0]
    keys = ApiKeys(serving.runtime.pool, cache_seconds=30, clock=lambda: now[0])
    lasting = await make(serving, name="lasting")
    ending = await make(serving, name="ending", expires_at=(datetime.now(UTC) + timedelta(seconds=5)).isoformat())
    for made in (lasting, ending):
        assert await keys(str(made["key"])) is not None
    await serving.runtime.pool.execute("UPDATE api_keys SET revoked_at = now()")
    now[0] += 4
    assert await keys(str(lasting["key"])) is not None
    now[0] += 2
    assert await keys(str(ending["key"])) is None
    now[0] += 25
    assert await keys(str(lasting["key"])) is None


async def test_a_wrong_secret_is_refused_while_the_right_one_is_remembered(serve: Serve) -> None:
    serving = await serve(routers=routes)
    made = await make(serving)
    assert (await ask(serving, made["key"])).status_code == 200
    assert (await ask(serving, f"vk_{made['id']}_{'x' * 43}")).status_code == 401


async def test_the_last_use_is_kept_to_the_minute(serve: Serve) -> None:
    serving = await serve()
    made = await make(serving)
    keys = ApiKeys(serving.runtime.pool, cache_seconds=0)
    times = []
    for _ in range(3):
        await keys(str(made["key"]))
        times.append(await serving.runtime.pool.fetchval("SELECT last_used_at FROM api_keys"))
    assert times[0] is not None
    assert times == [times[0]] * 3


async def test_nobody_gives_what_he_has_not(serve: Serve) -> None:
    serving = await serve()
    scoped = await make(serving, roles=["admin"], scopes=["keys:manage", "leads:read"], directions=["b2b"])
    holder = {"authorization": f"Bearer {scoped['key']}"}
    for wanted, status in (
        ({"roles": ["manager"], "directions": ["b2b"]}, 403),
        ({"roles": ["manager"], "scopes": ["leads:read"], "directions": ["retail"]}, 403),
        ({"roles": ["manager"], "scopes": ["leads:read"]}, 403),
        ({"roles": ["manager"], "scopes": ["leads:read"], "directions": ["b2b"]}, 201),
    ):
        answer = await serving.nobody.post("/api-keys", json={"name": "x"} | wanted, headers=holder)
        assert answer.status_code == status, wanted
    assert (await serving.admin.post("/api-keys", json={"name": "x", "roles": ["service"]})).status_code == 403


async def test_faults_of_a_wanted_key_are_pointed_at(serve: Serve) -> None:
    serving = await serve()
    wanted = {"name": "x", "roles": ["manager", "cook"], "scopes": ["soup:read"], "expires_at": "2030-01-01T00:00:00"}
    answer = await serving.admin.post("/api-keys", json=wanted)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["#/roles/1", "#/scopes/0", "#/expires_at"]


async def test_keys_of_the_configuration_are_listed_and_not_revoked_here(serve: Serve) -> None:
    given = {"key": new_key("auto1"), "name": "automation", "roles": ["service"]}
    serving = await serve(settings={"api_keys": [given]})
    listed = {key["id"]: key for key in (await serving.admin.get("/api-keys")).json()}
    assert listed["auto1"]["source"] == "configuration"
    assert (await serving.admin.delete("/api-keys/auto1")).status_code == 409
    principal = await serving.runtime.api_keys(str(given["key"]))
    assert principal is not None
    assert principal.actor == "service:automation"


async def test_a_key_of_the_configuration_needs_its_own_secret(serve: Serve) -> None:
    serving = await serve(routers=routes)
    assert (await ask(serving, ADMIN_KEY)).status_code == 200
    other = ADMIN_KEY[:-1] + ("A" if ADMIN_KEY[-1] != "A" else "E")
    assert (await ask(serving, other)).status_code == 401
    assert (await ask(serving, ADMIN_KEY)).status_code == 200


async def test_a_key_of_the_configuration_with_another_form_keeps_the_service_from_starting(serve: Serve) -> None:
    with pytest.raises(ConfigurationError, match="bootstrap"):
        await serve(settings={"bootstrap_key": "vk_admin_password123"})


async def test_the_table_refuses_what_is_not_a_key(serve: Serve) -> None:
    serving = await serve()
    with pytest.raises(asyncpg.CheckViolationError):
        await serving.runtime.pool.execute(
            "INSERT INTO api_keys (id, name, hash, roles, directions, created_by) "
            "VALUES ('abcd', 'x', '\\x00', '{a}', '{}', 'y')"
        )


def test_keys_do_not_repeat() -> None:
    assert len({new_key() for _ in range(1000)}) == 1000


# --- rotation


async def test_a_key_is_rotated_and_the_old_one_works_until_everybody_has_the_new_one(serve: Serve) -> None:
    serving = await serve(routers=routes)
    old = await make(serving, roles=["manager"], directions=["b2b"], scopes=["leads:read"])
    answer = await serving.admin.post(f"/api-keys/{old['id']}/rotate", json={"overlap_seconds": 60})
    new = answer.json()
    assert answer.status_code == 201, answer.text
    assert {name: new[name] for name in ("name", "roles", "directions", "scopes")} == {
        name: old[name] for name in ("name", "roles", "directions", "scopes")
    }
    assert [(await ask(serving, key)).status_code for key in (old["key"], new["key"])] == [200, 200]
    listed = {key["id"]: key for key in (await serving.admin.get("/api-keys")).json()}
    assert listed[old["id"]]["expires_at"] is not None
    assert listed[new["id"]]["expires_at"] is None


async def test_a_key_rotated_without_overlap_stops_at_once_and_is_not_rotated_again(serve: Serve) -> None:
    serving = await serve(routers=routes)
    old = await make(serving, expires_at=(datetime.now(UTC) + timedelta(days=1)).isoformat())
    assert (await ask(serving, old["key"])).status_code == 200
    new = (await serving.admin.post(f"/api-keys/{old['id']}/rotate", json={"overlap_seconds": 0})).json()
    assert [(await ask(serving, key)).status_code for key in (old["key"], new["key"])] == [401, 200]
    left = datetime.fromisoformat(new["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=23) < left < timedelta(hours=25)
    again = await serving.admin.post(f"/api-keys/{old['id']}/rotate", json={"overlap_seconds": 0})
    assert again.status_code == 404


async def test_nobody_rotates_a_key_into_more_than_he_has(serve: Serve) -> None:
    serving = await serve(routers=routes)
    weak = await make(serving, roles=["admin"], scopes=["keys:manage", "leads:read"])
    strong = await make(serving, roles=["head"])
    headers = {"authorization": f"Bearer {weak['key']}"}
    answer = await serving.nobody.post(f"/api-keys/{strong['id']}/rotate", json={}, headers=headers)
    assert answer.status_code == 403
    assert (await ask(serving, strong["key"])).status_code == 200


# --- budgets


async def test_who_sends_more_than_his_budget_waits_and_nobody_else_does(serve: Serve) -> None:
    serving = await serve(routers=routes, settings={"caller_requests_per_second": 5})
    key, other = (await make(serving))["key"], (await make(serving))["key"]
    answers = [await ask(serving, key) for _ in range(50)]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "/problems/too-many-requests"
    assert int(refused.headers["retry-after"]) >= 1
    assert (await ask(serving, other)).status_code == 200


async def test_guesses_of_keys_are_slowed_down_and_the_right_key_is_not(serve: Serve) -> None:
    serving = await serve(routers=routes, settings={"failed_credentials_per_minute": 3})
    key = (await make(serving))["key"]
    answers = [(await ask(serving, f"vk_guess{n}_{'x' * 43}")).status_code for n in range(6)]
    assert answers == [401] * 3 + [429] * 3
    assert (await ask(serving, key)).status_code == 200
