"""Reading keys from leads, over real HTTP."""

from __future__ import annotations

import base64
import os
from uuid import UUID, uuid4

import orjson
import pytest
from embedded.process import free_port
from events.keys_client import IDS_A_REQUEST, KeysClient, KeysUnavailable
from events.privacy import CachedKeys, CustomerKey
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

SERVICE_KEY = SecretStr("vk_abcd_" + "s" * 43)


def client(server: HTTPServer) -> KeysClient:
    return KeysClient(server.url_for("").rstrip("/"), SERVICE_KEY)


def answering(server: HTTPServer, keys: dict[UUID, bytes]) -> list[list[str]]:
    asked: list[list[str]] = []

    def answer(request: Request) -> Response:
        assert request.headers["Authorization"] == f"Bearer {SERVICE_KEY.get_secret_value()}"
        asked.append(orjson.loads(request.data)["customer_ids"])
        found = {str(c): base64.b64encode(k).decode() for c, k in keys.items() if str(c) in asked[-1]}
        return Response(orjson.dumps({"keys": found}), content_type="application/json")

    server.expect_request("/keys/read", method="POST").respond_with_handler(answer)
    return asked


async def test_keys_come_for_those_who_have_one(httpserver: HTTPServer) -> None:
    anna, erased = uuid4(), uuid4()
    key = os.urandom(32)
    answering(httpserver, {anna: key})
    assert await client(httpserver)([anna, erased]) == {anna: key}


async def test_many_customers_are_asked_for_in_several_requests(httpserver: HTTPServer) -> None:
    customers = [uuid4() for _ in range(2 * IDS_A_REQUEST + 1)]
    asked = answering(httpserver, {customer: bytes(32) for customer in customers})
    assert len(await client(httpserver)(customers)) == len(customers)
    assert [len(ids) for ids in asked] == [IDS_A_REQUEST, IDS_A_REQUEST, 1]


async def test_a_cached_key_is_not_asked_for_again_until_it_is_forgotten(httpserver: HTTPServer) -> None:
    anna = uuid4()
    key = os.urandom(32)
    asked = answering(httpserver, {anna: key})
    keys = CachedKeys(client(httpserver))
    sealed = CustomerKey(anna, key).seal("Анна")
    for _ in range(3):
        assert (await keys.read([anna]))[anna].open(sealed) == "Анна"
    assert len(asked) == 1
    keys.forget(anna)
    await keys.read([anna])
    assert len(asked) == 2


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
async def test_a_refusal_is_trouble_that_may_pass(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/keys/read").respond_with_data("no", status=status)
    with pytest.raises(KeysUnavailable, match=str(status)):
        await client(httpserver)([uuid4()])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys": null}',
        b'{"keys": {"x": "eA=="}}',
        b'{"keys": {"%s": "eA=="}}' % str(UUID(int=7)).encode(),
    ],
)
async def test_an_answer_that_is_no_set_of_keys_is_not_believed(httpserver: HTTPServer, body: bytes) -> None:
    httpserver.expect_request("/keys/read").respond_with_data(body, content_type="application/json")
    with pytest.raises(KeysUnavailable, match="not a set of keys"):
        await client(httpserver)([uuid4()])


async def test_leads_that_is_away_is_trouble_of_the_infrastructure() -> None:
    with pytest.raises(KeysUnavailable) as raised:
        await KeysClient(f"http://127.0.0.1:{free_port()}", SERVICE_KEY)([uuid4()])
    assert isinstance(raised.value, OSError)


async def test_a_service_without_address_or_key_says_which_settings_it_needs() -> None:
    with pytest.raises(KeysUnavailable, match="VORONKA_LEADS_URL"):
        await KeysClient(None, SERVICE_KEY)([uuid4()])


async def test_nobody_is_asked_about_nobody(httpserver: HTTPServer) -> None:
    assert await client(httpserver)([]) == {}
    assert not httpserver.log


async def test_errors_never_show_the_service_key(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/keys/read").respond_with_data(SERVICE_KEY.get_secret_value(), status=403)
    with pytest.raises(KeysUnavailable) as raised:
        await client(httpserver)([uuid4()])
    assert SERVICE_KEY.get_secret_value() not in str(raised.value)
