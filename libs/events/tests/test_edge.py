"""The edge: headers, limits, raw routes, trails and counts of every request."""

from collections.abc import AsyncIterator, Mapping, Sequence
from uuid import UUID

import pytest
from events.app import Runtime
from events.auth import RawRoute, public, require
from events.gate import read_body
from events.problems import Malformed, TooLarge
from events.tracing import current_traceparent, current_trail
from fastapi import APIRouter, Depends, UploadFile
from pydantic import BaseModel
from serving import Serve
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Note(BaseModel):
    text: str


def routes(_runtime: Runtime) -> Sequence[APIRouter]:
    router = APIRouter(dependencies=[Depends(public("a test"))])

    @router.get("/trail")
    async def trail() -> dict[str, str | None]:
        at = current_trail()
        assert at is not None
        return {"correlation": str(at.correlation_id), "traceparent": current_traceparent(), "trace": at.trace_id}

    @router.get("/things/{thing}")
    async def thing(thing: str) -> str:
        return thing

    @router.post("/notes")
    async def note(note: Note) -> int:
        return len(note.text)

    @router.post("/files")
    async def file(file: UploadFile) -> int:
        return len(await file.read())

    return [router]


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    holder = scope.get("principal")
    body = {"path": scope["path"], "actor": holder.actor if holder else None}
    await JSONResponse(body)(scope, receive, send)


async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RuntimeError("a customer's value")


async def broken_midway(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise RuntimeError("too late to answer otherwise")


def raw(_runtime: Runtime) -> Mapping[str, ASGIApp]:
    return {
        "/in": RawRoute(echo, public("the provider's signature is checked inside"), "/in/{channel}"),
        "/guarded": RawRoute(echo, require("leads:read"), "/guarded"),
        "/broken": RawRoute(broken, public("a test"), "/broken"),
        "/midway": RawRoute(broken_midway, public("a test"), "/midway"),
    }


async def test_every_answer_has_the_security_headers(serve: Serve) -> None:
    serving = await serve(routers=routes, raw_routes=raw)
    for path in ("/things/1", "/in/x", "/livez", "/nowhere", "/broken", "/docs", "/metrics"):
        headers = (await serving.nobody.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert "cache-control" in headers
        assert "strict-transport-security" not in headers
        assert "access-control-allow-origin" not in headers


async def test_behind_https_browsers_are_told_to_stay_there(serve: Serve) -> None:
    serving = await serve(settings={"public_url": "https://crm.example"})
    assert "max-age" in (await serving.nobody.get("/livez")).headers["strict-transport-security"]


async def test_other_origins_get_no_cors(serve: Serve) -> None:
    serving = await serve(routers=routes)
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    answer = await serving.nobody.options("/notes", headers=asked)
    assert answer.status_code == 405
    assert not any(name.startswith("access-control") for name in answer.headers)


async def test_a_raw_route_is_reached_by_its_prefix_and_nothing_else(serve: Serve) -> None:
    serving = await serve(routers=routes, raw_routes=raw)
    for path in ("/in", "/in/", "/in/tilda/x"):
        assert (await serving.nobody.get(path)).json()["path"] == path
    assert (await serving.nobody.get("/inside")).status_code == 404


async def test_a_raw_route_with_a_permission_is_guarded(serve: Serve) -> None:
    serving = await serve(raw_routes=raw)
    assert (await serving.nobody.get("/guarded")).status_code == 401
    assert (await serving.admin.get("/guarded")).json()["actor"] == "key:bootstrap"


async def test_whatever_escapes_is_a_problem_without_its_text(serve: Serve) -> None:
    serving = await serve(raw_routes=raw)
    answer = await serving.nobody.get("/broken")
    assert answer.status_code == 500
    assert "customer" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_fault_after_the_first_byte_does_not_answer_twice(serve: Serve) -> None:
    serving = await serve(raw_routes=raw)
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/midway", "query_string": b"", "headers": []}
    await serving.app(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start"]


async def test_a_trail_is_taken_over_from_the_caller(serve: Serve) -> None:
    serving = await serve(routers=routes)
    correlation = "0190a8b2-5f0e-7000-8000-000000000001"
    traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answer = await serving.nobody.get("/trail", headers={"x-correlation-id": correlation, "traceparent": traceparent})
    assert answer.json() == {
        "correlation": correlation, "traceparent": traceparent, "trace": "4bf92f3577b34da6a3ce929d0e0e4736",
    }  # fmt: skip
    assert answer.headers["x-correlation-id"] == correlation


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"x-correlation-id": "1; DROP TABLE", "traceparent": "00-zz"},
        {"x-correlation-id": "x" * 5000, "traceparent": "00-" + "0" * 32 + "-" + "0" * 16 + "-01"},
        {"traceparent": "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
    ],
)
async def test_a_trail_that_is_missing_or_malformed_is_made_anew(serve: Serve, sent: dict[str, str]) -> None:
    serving = await serve(routers=routes)
    trails = [(await serving.nobody.get("/trail", headers=sent)).json() for _ in range(2)]
    assert trails[0] != trails[1]
    for trail in trails:
        UUID(trail["correlation"])
        assert trail["traceparent"].startswith(f"00-{trail['trace']}-")
        assert trail["traceparent"] not in sent.values()
    assert current_trail() is None


async def test_a_body_over_the_limit_is_refused_by_its_length_and_by_its_bytes(serve: Serve) -> None:
    serving = await serve(routers=routes, settings={"max_body_bytes": 1000})

    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"text": "'
        for _ in range(20):
            yield b"x" * 100
        yield b'"}'

    json = {"content-type": "application/json"}
    assert (await serving.nobody.post("/notes", json={"text": "x" * 900})).status_code == 200
    assert (await serving.nobody.post("/notes", json={"text": "x" * 1000})).status_code == 413
    assert (await serving.nobody.post("/notes", content=chunks(), headers=json)).status_code == 413


async def test_a_file_has_a_limit_of_its_own(serve: Serve) -> None:
    serving = await serve(routers=routes, settings={"max_body_bytes": 1000, "max_upload_bytes": 10_000})
    assert (await serving.nobody.post("/files", files={"file": b"x" * 5_000})).json() == 5_000
    assert (await serving.nobody.post("/files", files={"file": b"x" * 10_000})).status_code == 413

    async def chunks() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
        for _ in range(200):
            yield b"x" * 100
        yield b"\r\n--b--\r\n"

    answer = await serving.nobody.post(
        "/files", content=chunks(), headers={"content-type": "multipart/form-data; boundary=b"}
    )
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_that_ends_too_early_is_malformed() -> None:
    parts: list[Message] = [
        {"type": "http.request", "body": b"abc", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return parts.pop(0)

    with pytest.raises(Malformed):
        await read_body(receive, 100)


@pytest.mark.parametrize("size", [99, 100, 101])
async def test_a_body_is_read_whole_up_to_the_limit(size: int) -> None:
    parts: list[Message] = [
        {"type": "http.request", "body": b"x" * (size - 1), "more_body": True},
        {"type": "http.request", "body": b"x"},
    ]

    async def receive() -> Message:
        return parts.pop(0)

    if size > 100:
        with pytest.raises(TooLarge):
            await read_body(receive, 100)
    else:
        assert await read_body(receive, 100) == b"x" * size


async def test_requests_are_counted_by_template_never_by_path(serve: Serve) -> None:
    serving = await serve(name="counted", routers=routes, raw_routes=raw)
    for path in ("/things/79161234567", "/in/tilda/secret-of-the-path", "/wp-login.php", "/livez"):
        await serving.nobody.get(path)
    page = (await serving.nobody.get("/metrics")).text
    for label, status in (("/things/{thing}", 200), ("/in/{channel}", 200), ("unmatched", 404), ("/livez", 200)):
        line = f'http_requests_total{{method="GET",route="{label}",service="counted",status="{status}"}} 1.0'
        assert line in page, label
    assert "79161234567" not in page
    assert "secret-of-the-path" not in page
    assert "wp-login" not in page


async def test_too_many_requests_at_once_are_sent_away_and_probes_are_not(serve: Serve) -> None:
    import asyncio

    started, finish = asyncio.Event(), asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        started.set()
        await finish.wait()
        await Response("done")(scope, receive, send)

    serving = await serve(
        raw_routes=lambda _: {"/slow": RawRoute(slow, public("a test"), "/slow")}, settings={"max_requests_at_once": 1}
    )
    first = asyncio.create_task(serving.nobody.get("/slow"))
    await started.wait()
    second = await serving.nobody.get("/slow")
    assert (second.status_code, second.headers["retry-after"]) == (503, "1")
    assert (await serving.nobody.get("/livez")).status_code == 200
    finish.set()
    assert (await first).status_code == 200
    assert (await serving.nobody.get("/slow")).status_code == 200
