"""Media on their way to providers that speak the real protocol: what is asked, and what each answer means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import orjson
import pytest
from automation.messages.media.calls import Api
from automation.messages.media.port import Contact, Medium, Parcel, Refused
from automation.messages.media.sms import Provider, Sms, SmsInvalid, load
from automation.messages.media.telegram import Telegram
from automation.messages.media.whatsapp import WhatsApp
from automation.messages.wording import Said
from events.outgoing import Outgoing, Trouble
from events.tasks import Retry
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TWILIO = {
    "headers": {"Authorization": "Basic {secret}"},
    "form": {"To": "{phone}", "From": "{sender}", "Body": "{text}"},
    "sender": "Daisy",
    "taken": {"status": [201], "id": "sid"},
    "refused": {"field": "code", "is": [21211, 21610]},
}
SMSC = {
    "json": {"apikey": "{secret}", "phones": "{digits}", "mes": "{text}", "id": "{message_id}", "fmt": 3},
    "taken": {"field": "id", "id": "id"},
    "refused": {"field": "error_code", "is": [7, 8]},
}


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    outgoing = Outgoing(frozenset({"localhost", "127.0.0.1"}))
    yield Api(outgoing, "provider")
    await outgoing.close()


def parcel(to: str, text: str = "Your offer: https://daisy.test/q/1", **more: Any) -> Parcel:
    return Parcel(UUID(int=7), to, Said(short=text), AT, "en", **more)


def telegram(api: Api, server: HTTPServer) -> Medium:
    return Telegram(api, SecretStr("12:tok"), server.url_for("").rstrip("/"))


def whatsapp(api: Api, server: HTTPServer) -> Medium:
    return WhatsApp(api, SecretStr("tok"), "106540352242922", base=server.url_for("/v23.0"))


def sms(api: Api, server: HTTPServer, described: dict[str, Any], **more: Any) -> Medium:
    provider = Provider.model_validate({"url": server.url_for("/send"), **described, **more})
    return Sms(api, provider, SecretStr("sec{text}ret"))


def asked(server: HTTPServer) -> Any:
    (request, _), *_ = server.log
    return request


async def test_telegram_is_asked_as_its_page_says_and_answers_with_the_message(
    api: Api, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/bot12:tok/sendMessage", method="POST").respond_with_json(
        {"ok": True, "result": {"message_id": 365, "chat": {"id": 4711, "type": "private"}, "date": 1, "text": "x"}}
    )

    taken = await telegram(api, httpserver).send(parcel("4711"))

    assert taken == "4711:365"
    assert orjson.loads(asked(httpserver).data) == {"chat_id": 4711, "text": "Your offer: https://daisy.test/q/1"}


@pytest.mark.parametrize(
    ("status", "description", "reason"),
    [
        (403, "Forbidden: bot was blocked by the user", "recipient_refused"),
        (403, "Forbidden: bot can't initiate conversation with a user", "recipient_refused"),
        (400, "Bad Request: chat not found", "no_chat"),
        (400, "Bad Request: message text is empty", "content_refused"),
    ],
)
async def test_telegram_refuses_for_good(api, httpserver, status: int, description: str, reason: str) -> None:
    answer = {"ok": False, "error_code": status, "description": description}
    httpserver.expect_request("/bot12:tok/sendMessage").respond_with_json(answer, status=status)
    with pytest.raises(Refused, match=reason):
        await telegram(api, httpserver).send(parcel("4711"))


async def test_telegram_says_when_to_come_again(api: Api, httpserver: HTTPServer) -> None:
    answer = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 34}}
    httpserver.expect_request("/bot12:tok/sendMessage").respond_with_json(answer, status=429)
    with pytest.raises(Retry) as later:
        await telegram(api, httpserver).send(parcel("4711"))
    assert later.value.seconds == 34
    assert "tok" not in str(later.value)


@pytest.mark.parametrize("status", [401, 404, 500, 502])
async def test_what_is_wrong_with_us_or_the_server_is_tried_again(api, httpserver, status: int) -> None:
    httpserver.expect_request("/bot12:tok/sendMessage").respond_with_data("<html>", status=status)
    with pytest.raises(Retry):
        await telegram(api, httpserver).send(parcel("4711"))


async def test_whatsapp_takes_free_text_and_names_its_message(api: Api, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/v23.0/106540352242922/messages", method="POST").respond_with_json(
        {
            "messaging_product": "whatsapp",
            "contacts": [{"input": "79161234567", "wa_id": "79161234567"}],
            "messages": [{"id": "wamid.HBgL"}],
        }
    )

    taken = await whatsapp(api, httpserver).send(parcel("79161234567"))

    assert taken == "wamid.HBgL"
    assert asked(httpserver).headers["Authorization"] == "Bearer tok"
    assert orjson.loads(asked(httpserver).data) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "79161234567",
        "biz_opaque_callback_data": str(UUID(int=7)),
        "type": "text",
        "text": {"preview_url": False, "body": "Your offer: https://daisy.test/q/1"},
    }


async def test_whatsapp_is_given_the_approved_template_where_there_is_one(api: Api, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/v23.0/106540352242922/messages").respond_with_json({"messages": [{"id": "wamid.1"}]})
    said = Said(short="Hello", whatsapp=("offer_ready", ("Anna", "https://daisy.test/q/1")))

    await whatsapp(api, httpserver).send(Parcel(UUID(int=7), "79161234567", said, AT, "ru"))

    assert orjson.loads(asked(httpserver).data)["template"] == {
        "name": "offer_ready",
        "language": {"code": "ru"},
        "components": [
            {
                "type": "body",
                "parameters": [{"type": "text", "text": "Anna"}, {"type": "text", "text": "https://daisy.test/q/1"}],
            }
        ],
    }


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [(400, 131026, "recipient_refused"), (400, 131047, "outside_window"), (400, 132001, "content_refused")],
)
async def test_whatsapp_refuses_for_good(api, httpserver, status: int, code: int, reason: str) -> None:
    answer = {"error": {"message": f"(#{code}) x", "type": "OAuthException", "code": code, "fbtrace_id": "A"}}
    httpserver.expect_request("/v23.0/106540352242922/messages").respond_with_json(answer, status=status)
    with pytest.raises(Refused, match=reason):
        await whatsapp(api, httpserver).send(parcel("79161234567"))


@pytest.mark.parametrize(("status", "code"), [(429, 130429), (400, 131056), (401, 190), (500, 131000)])
async def test_whatsapps_rates_and_our_access_are_tried_again(api, httpserver, status: int, code: int) -> None:
    httpserver.expect_request("/v23.0/106540352242922/messages").respond_with_json(
        {"error": {"code": code}}, status=status
    )
    with pytest.raises(Retry):
        await whatsapp(api, httpserver).send(parcel("79161234567"))


async def test_an_sms_is_sent_as_a_form_to_a_provider_like_twilio(api: Api, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/send", method="POST").respond_with_json({"sid": "SM1", "status": "queued"}, status=201)

    taken = await sms(api, httpserver, TWILIO).send(parcel("+79161234567", "Hello {secret}, 50 % & more"))

    assert taken == "SM1"
    assert asked(httpserver).headers["Authorization"] == "Basic sec{text}ret"
    assert parse_qs(asked(httpserver).data.decode()) == {
        "To": ["+79161234567"],
        "From": ["Daisy"],
        "Body": ["Hello {secret}, 50 % & more"],
    }


async def test_an_sms_is_sent_as_json_with_its_key_to_a_provider_like_smsc(api: Api, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/send", method="POST").respond_with_json({"id": 15, "cnt": 1})

    taken = await sms(api, httpserver, SMSC).send(parcel("+79161234567", "Привет"))

    assert taken == "15"
    told = orjson.loads(asked(httpserver).data)
    assert (told["phones"], told["mes"], told["fmt"]) == ("79161234567", "Привет", 3)
    assert told["id"] == str(UUID(int=7))


@pytest.mark.parametrize(
    ("described", "answer", "status", "expected"),
    [
        (TWILIO, {"code": 21610, "message": "unsubscribed"}, 400, Refused),
        (TWILIO, {"code": 20003, "message": "authenticate"}, 401, Retry),
        (TWILIO, {"code": 20429}, 429, Retry),
        (SMSC, {"error": "invalid number", "error_code": 7}, 200, Refused),
        (SMSC, {"error": "no money", "error_code": 3}, 200, Retry),
        (SMSC, "OK", 200, Retry),
        (SMSC, None, 503, Retry),
    ],
)
async def test_only_the_sign_of_success_is_success(api, httpserver, described, answer, status, expected) -> None:
    httpserver.expect_request("/send").respond_with_json(answer, status=status)
    with pytest.raises(expected):
        await sms(api, httpserver, described).send(parcel("+79161234567"))


async def test_a_provider_that_is_away_is_tried_again(api: Api) -> None:
    with pytest.raises((Retry, Trouble)):
        await Telegram(api, SecretStr("t"), "http://127.0.0.1:9").send(parcel("4711"))


async def test_a_provider_in_the_private_network_is_not_called_unless_it_is_named() -> None:
    outgoing = Outgoing()
    with pytest.raises(Retry, match="only https"):
        await Telegram(Api(outgoing, "telegram"), SecretStr("t"), "http://127.0.0.1:9").send(parcel("4711"))
    await outgoing.close()


def test_each_medium_finds_the_address_that_it_can_use(api: Api, httpserver: HTTPServer) -> None:
    anna = Contact("Anna", (), ("+74951234567", "+79161234567"), ("vk:id1", "telegram:anna", "telegram:4711"))
    assert telegram(api, httpserver).address(anna) == "4711"
    assert sms(api, httpserver, SMSC).address(anna) == "+79161234567"
    assert whatsapp(api, httpserver).address(anna) == "74951234567"
    assert whatsapp(api, httpserver).address(Contact(None, messengers=("whatsapp:+79031112233",))) == "79031112233"
    for medium in (telegram(api, httpserver), sms(api, httpserver, SMSC), whatsapp(api, httpserver)):
        assert medium.address(Contact("Anna", ("anna@example.com",))) is None


def test_an_address_of_the_wrong_kind_is_a_reason(api: Api, httpserver: HTTPServer) -> None:
    with pytest.raises(Refused, match="no_mobile_phone"):
        sms(api, httpserver, SMSC).address(Contact(None, phones=("+74951234567", "garbage")))
    with pytest.raises(Refused, match="no_chat"):
        telegram(api, httpserver).address(Contact(None, messengers=("telegram:anna",)))


def test_a_provider_is_described_in_a_file_and_faults_are_told_with_their_place(tmp_path: Path) -> None:
    described = tmp_path / "sms.yaml"
    described.write_text("url: https://smsc.ru/rest/send/\njson: {apikey: '{secret}', fmt: 3}\ntaken: {field: id}\n")
    assert load(described).taken.field == "id"
    described.write_text("url: smsc.ru\nform: {a: b}\nmethod: GET\n")
    with pytest.raises(SmsInvalid, match=r"sms\.yaml: url: ") as refused:
        load(described)
    assert "sms.yaml: method: " in str(refused.value)
