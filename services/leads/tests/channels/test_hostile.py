"""Whatever strangers send, a channel ends in inquiries, or in `Unreadable`, `Ignored` or `Unverified`."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
import pytest
from events.webhooks import RawRequest, Source, Unreadable, Unverified, WebhookError
from golden_requests import KINDS, RECEIVED_AT, Case, cases, received
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from leads.channels import CHANNELS, CallSign, Channel, Fact, Inquiry, View
from leads.channels.base import Answering, Company, Delivery, Membership, PastDeal
from leads.channels.body import MAX_BODY, MAX_DEPTH
from leads.channels.pulled import Reference

CASES = [case for case in cases() if KINDS.values() & case.expected.keys()]
SOURCES = {case.source.channel: case.source for case in cases()}
EVERY_CHANNEL = pytest.mark.parametrize("channel", CHANNELS.values(), ids=CHANNELS)

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]")
CONTENT_TYPES = st.sampled_from(
    [
        "application/json",
        "application/json; charset=windows-1251",
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=utf-7",
        "application/x-www-form-urlencoded; charset=koi8-r",
        "multipart/form-data; boundary=b",
        'multipart/form-data; boundary="',
        "multipart/form-data",
        "text/plain; charset=\xff",
        "",
    ]
)
PART = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--b--\r\n'
BODIES = st.one_of(
    st.binary(max_size=400),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.builds(lambda name, value: PART % (name, value), st.binary(max_size=20), st.binary(max_size=100)),
    st.builds(lambda fields: urlencode(fields).encode(), st.dictionaries(st.text(max_size=8), st.text(max_size=20))),
)
HEADER_NAMES = st.sampled_from(
    [
        *("authorization", "x-api-key", "origin", "referer", "accept", "idempotency-key", "x-form-key", "x-signature"),
        *("x-telegram-bot-api-secret-token", "x-hub-signature-256", "x-twilio-signature"),
        *("x-twilio-email-event-webhook-signature", "x-twilio-email-event-webhook-timestamp"),
    ]
)
ADDRESSES = st.text(max_size=40) | st.sampled_from(["https://[::1", "https://crm.example.com/in/c/s", "://", "/"])
QUERIES = st.text(max_size=60) | st.sampled_from(["", "?" + "a=1&" * 1000, "?hub.mode=subscribe&bodySHA256=0"])
ODD_NUMBERS = st.sampled_from([0, -1, 2**53 + 1, 2**63 - 1, 2**64 - 1, 1e300, -0.5, 99999999999999])
ODD_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | ODD_NUMBERS
    | st.text(max_size=12)
    | st.sampled_from(["\x00", "1" * 300, "+7", "нет", "\u202e"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def requests_with(bodies: st.SearchStrategy[bytes]) -> st.SearchStrategy[RawRequest]:
    return st.builds(
        RawRequest,
        id=st.just(UUID(int=1)),
        received_at=st.just(RECEIVED_AT),
        channel=st.text(max_size=20),
        source=st.text(max_size=20),
        method=st.sampled_from(["POST", "GET", "OPTIONS", "PULL", ""]),
        url=st.builds(str.__add__, ADDRESSES, QUERIES),
        headers=st.builds(
            lambda kind, other: (("content-type", kind), *other.items()),
            CONTENT_TYPES,
            st.dictionaries(HEADER_NAMES, st.text(max_size=40), max_size=4),
        ),
        body=bodies,
    )


def holds_the_promise(channel: Channel, request: RawRequest, source: Source) -> None:
    """Every step of a channel, each on its own: `parse` must bear what `verify` would have refused."""
    for step in (channel.handshake, channel.verify, channel.reply):
        _, refusal = verdict(lambda step=step: step(request, source))
        assert refusal is None or (isinstance(refusal, Unverified) and refusal.reason)
    inquiries, refusal = verdict(lambda: channel.parse(request, source))
    assert not isinstance(refusal, Unverified), "parse judges the content, not the sender"
    assert bool(inquiries) != bool(refusal and refusal.reason), "nothing captured must be said by Ignored"
    for fact in inquiries or ():
        can_be_stored(fact)


def verdict(step: Callable[[], Any]) -> tuple[Any, WebhookError | None]:
    try:
        return step(), None
    except WebhookError as refusal:
        return None, refusal


def can_be_stored(fact: Fact) -> None:
    assert not [text for text in _texts(orjson.loads(orjson.dumps(fact, default=_plain))) if CONTROL.search(text)]
    match fact:
        case Inquiry():
            can_be_captured(fact)
        case CallSign():
            assert 0 < len(fact.call_id) <= 255
            times = (fact.occurred_at, fact.started_at, fact.answered_at, fact.ended_at)
            assert all(at is None or at.tzinfo for at in times)
            assert fact.talk_seconds is None or 0 <= fact.talk_seconds < 2**31
        case View():
            assert 0 < len(fact.view_id) <= 255
            assert fact.occurred_at.tzinfo is not None
        case Reference():
            assert fact.reference
        case Delivery():
            assert 0 < len(fact.message) <= 255
            assert 0 < len(fact.report) <= 255
            assert fact.occurred_at.tzinfo is not None
        case PastDeal():
            assert 0 < len(fact.deal_id) <= 255
            times = (fact.as_of, fact.opened_at, *(at for _, at in fact.visits))
            assert all(at.tzinfo for at in times)
            assert (fact.outcome == "open") == (fact.closed_at is None)
            assert (fact.outcome == "lost") == bool(fact.reason and fact.comment)
            assert fact.opened_at <= min([*(at for _, at in fact.visits), fact.closed_at or fact.opened_at])
        case Company():
            assert fact.name
            assert fact.occurred_at.tzinfo is not None
        case Answering():
            assert fact.manager_id
        case Membership():
            assert fact.company_ids
            assert fact.role


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else dict(value)


def can_be_captured(inquiry: Inquiry) -> None:
    assert 0 < len(inquiry.provider_id) <= 255
    assert inquiry.occurred_at.tzinfo is not None
    assert all(isinstance(value, str) for value in (*inquiry.phones, *inquiry.emails))
    assert all(isinstance(key, str) and isinstance(value, str) for key, value in inquiry.utm.items())


def _texts(node: Any) -> Iterator[str]:
    """Every text and key of a JSON document."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for item in [*node, *node.values()] if isinstance(node, dict) else node:
            yield from _texts(item)


@EVERY_CHANNEL
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(request=requests_with(BODIES | ODD_VALUES.map(lambda value: json.dumps(value).encode())))
def test_any_bytes_and_headers_end_in_a_verdict(channel: Channel, request: RawRequest) -> None:
    holds_the_promise(channel, request, SOURCES[channel.name])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.source.name}-{case.path.stem}")
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(choice=st.data())
def test_a_real_request_with_one_value_replaced_ends_in_a_verdict(case: Case, choice: st.DataObject) -> None:
    holds_the_promise(case.channel, replace(case.request, body=_mutated(case.request, choice)), case.source)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.source.name}-{case.path.stem}")
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(at=st.floats(0, 1), insert=st.binary(max_size=8), cut=st.integers(0, 40))
def test_a_real_request_with_bytes_cut_or_inserted_ends_in_a_verdict(
    case: Case, at: float, insert: bytes, cut: int
) -> None:
    body = case.request.body
    place = int(at * len(body))
    holds_the_promise(
        case.channel, replace(case.request, body=body[:place] + insert + body[place + cut :]), case.source
    )


def _mutated(request: RawRequest, choice: st.DataObject) -> bytes:
    """The body with one JSON value (or one byte, where it is no JSON) replaced."""
    try:
        document = json.loads(request.body)
    except ValueError:
        at = choice.draw(st.integers(0, max(0, len(request.body) - 1)))
        return request.body[:at] + choice.draw(st.binary(max_size=3)) + request.body[at + 1 :]
    places: list[Callable[[Any], None]] = []
    _collect(document, places)
    choice.draw(st.sampled_from(places))(choice.draw(ODD_VALUES))
    return json.dumps(document).encode()


def _collect(node: Any, places: list[Callable[[Any], None]]) -> None:
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        places.append(lambda value, key=key: node.__setitem__(key, value))
        _collect(node[key], places)


HOSTILE_JSON = {
    "empty": b"",
    "white space": b"  \n",
    "not an object": b"[]",
    "null": b"null",
    "huge": b'{"a":"' + b"x" * MAX_BODY + b'"}',
    "deeper than the parser bears": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deeper than can be written again": b'{"a":' + b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1) + b"}",
    "invalid UTF-8": b'{"a":"\xff\xfe"}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "half a surrogate": b'{"a":"\\ud800"}',
    "not a number": b'{"a":NaN}',
    "cut off": b'{"a":{"b":',
}


@EVERY_CHANNEL
@pytest.mark.parametrize("body", HOSTILE_JSON.values(), ids=HOSTILE_JSON)
def test_a_hostile_body_is_unreadable(channel: Channel, body: bytes) -> None:
    headers = (("content-type", "application/json"),)
    request = received(f"https://crm.example.com/in/{channel.name}/main", headers, body)

    with pytest.raises(Unreadable):
        channel.parse(request, SOURCES[channel.name])


def test_a_form_of_ten_thousand_fields_is_unreadable() -> None:
    body = "&".join(f"f{n}=1" for n in range(10_000)).encode()
    request = received(headers=(("content-type", "application/x-www-form-urlencoded"),), body=body)

    with pytest.raises(Unreadable, match="more than 500 fields"):
        CHANNELS["tilda"].parse(request, SOURCES["tilda"])


def test_a_request_and_an_inquiry_show_no_personal_data_in_their_repr() -> None:
    for case in CASES:
        for fact in case.channel.parse(case.request, case.source):
            shown = repr(case.request) + repr(case.source) + repr(fact)
            secrets = (*personal(fact), *case.source.secrets)
            assert not [value for value in secrets if value and value in shown], case.path


def personal(fact: Fact) -> tuple[str | None, ...]:
    match fact:
        case Inquiry():
            return (*fact.phones, *fact.emails, fact.name, fact.text)
        case CallSign():
            return (fact.phone, fact.recording)
        case View():
            return (fact.visitor, fact.page, fact.title, fact.product)
        case Delivery():
            return (fact.message, fact.email, fact.phone)
        case PastDeal():
            return (fact.title, fact.comment)
        case Membership():
            return (fact.role,)
    return ()
