"""Payment providers against recorded notifications, byte for byte (``golden/<provider>/<case>.http`` and ``.json``)."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from deals.payments.notices import PaymentNotice, RefundNotice, Unproven
from deals.payments.providers import PROVIDERS
from deals_system import SECRETS
from events.webhooks import Ignored, RawRequest, Source, Unreadable, Unverified
from hypothesis import given
from hypothesis import strategies as st
from voronka import payment_samples
from voronka.payment_samples import Paid
from voronka.samples import Delivery

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(GOLDEN.glob("*/*.http"))
RECEIVED_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def request_of(provider: str, headers: tuple[tuple[str, str], ...], body: bytes) -> RawRequest:
    """``golden-client`` among the headers of a recorded request is the address that it came from."""
    client, path = dict(headers).get("golden-client"), f"/in/{provider}/main"
    return RawRequest(UUID(int=1), RECEIVED_AT, provider, "main", "POST", path, headers, body, client=client)


def read(path: Path) -> RawRequest:
    head, _, body = path.read_bytes().partition(b"\r\n\r\n")
    lines = (line.partition(": ") for line in head.decode().split("\r\n"))
    return request_of(path.parent.name, tuple((name, value) for name, _, value in lines), body)


def source_of(provider: str, **options: str) -> Source:
    options = ({"shop_id": "100500"} if provider == "yookassa" else {}) | options
    return Source(provider, "main", (f"retiring-{SECRETS[provider]}", SECRETS[provider]), options=options)


def outcome(request: RawRequest, source: Source) -> dict[str, Any]:
    provider = PROVIDERS[request.channel]
    try:
        provider.verify(request, source)
    except Unverified as error:
        return {"unverified": error.reason}
    said: dict[str, Any] = {"reply": provider.reply(request, source).body.decode()}
    try:
        notices = provider.parse(request, source)
    except Ignored as error:
        return said | {"ignored": error.reason}
    except Unreadable as error:
        return said | {"unreadable": error.reason}
    told: dict[str, list[Any]] = {}
    for notice in notices:
        match notice:
            case PaymentNotice():
                told.setdefault("payments", []).append(_payment(notice))
            case RefundNotice():
                told.setdefault("refunds", []).append(_refund(notice))
            case Unproven():
                told.setdefault("unproven", []).append(notice.provider_payment_id)
    return said | told


def _payment(notice: PaymentNotice) -> dict[str, Any]:
    return {
        "provider_payment_id": notice.provider_payment_id,
        "reference": notice.reference,
        "amount": str(notice.received.amount),
        "currency": notice.received.currency,
        "occurred_at": notice.occurred_at.isoformat(),
        "is_test": notice.is_test,
    }


def _refund(notice: RefundNotice) -> dict[str, Any]:
    return {
        "provider_payment_id": notice.provider_payment_id,
        "refund_id": notice.refund_id,
        "means": type(notice.returned).__name__,
        "amount": str(notice.returned.amount),
        "currency": notice.currency,
        "occurred_at": notice.occurred_at.isoformat(),
    }


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_recorded_notification_is_understood_as_recorded(path: Path) -> None:
    assert outcome(read(path), source_of(path.parent.name)) == json.loads(path.with_suffix(".json").read_text())


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_every_provider_has_good_bad_and_ignored_notifications(provider: str) -> None:
    said = [json.loads(path.read_text()) for path in (GOLDEN / provider).glob("*.json")]
    told = {"unproven"} if PROVIDERS[provider].asked else {"payments", "refunds"}
    assert {key for outcome in said for key in outcome} == {"reply", "unverified", "ignored", "unreadable"} | told


def test_the_token_of_t_bank_is_that_of_the_banks_own_example() -> None:
    """The example of the bank's description of tokens, as its public SDKs test it: password 123456."""
    fields = {"Description": "test", "Amount": "100000", "TerminalKey": "TinkoffBankTest", "OrderId": "TokenExample"}
    token = "597c160c8c348fb14c63c820c54b712468923a74fd111ac6b0ecda01fb5f4716"
    body = json.dumps({**fields, "Token": token, "DATA": {"User": "user"}, "Receipt": {"Items": []}}).encode()
    PROVIDERS["tbank"].verify(request_of("tbank", (), body), Source("tbank", "main", ("123456",)))


def test_a_notification_of_another_terminal_is_refused() -> None:
    path = GOLDEN / "tbank" / "confirmed.http"
    PROVIDERS["tbank"].verify(read(path), source_of("tbank", terminal_key="1510572937960"))
    with pytest.raises(Unverified, match="another terminal"):
        PROVIDERS["tbank"].verify(read(path), source_of("tbank", terminal_key="1"))


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_a_source_without_secrets_proves_nothing(provider: str) -> None:
    for path in sorted((GOLDEN / provider).glob("*.http")):
        request = read(path)
        with pytest.raises(Unverified):
            PROVIDERS[provider].verify(request, Source(provider, "main", ()))


@given(st.binary(max_size=300), st.sampled_from(sorted(PROVIDERS)), st.text(max_size=80))
def test_hostile_bytes_are_refused_or_unreadable_and_nothing_else(body: bytes, provider: str, header: str) -> None:
    names = ("content-hmac", "stripe-signature", "content-type")
    request = request_of(provider, tuple((name, header) for name in names), body)
    with pytest.raises(Unverified):
        PROVIDERS[provider].verify(request, source_of(provider))
    with pytest.raises((Ignored, Unreadable)):
        PROVIDERS[provider].parse(request, source_of(provider))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20) | st.just("paid") | st.just("usd"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("id", "amount_received", "amount_total", "currency", "metadata", "payment_status", "payment_intent")


@given(
    st.sampled_from(["payment_intent.succeeded", "checkout.session.completed"]),
    st.dictionaries(st.sampled_from(FIELDS), JSON),
    JSON,
)
def test_signed_nonsense_never_breaks_the_parser(kind: str, what: dict[str, Any], created: object) -> None:
    body = json.dumps({"type": kind, "created": created, "data": {"object": what}}).encode()
    with suppress(Ignored, Unreadable):
        PROVIDERS["stripe"].parse(request_of("stripe", (), body), source_of("stripe"))


SAMPLES = {
    "cloudpayments": lambda paid, at: payment_samples.cloudpayments(paid, 77, secret="api-secret", at=at),
    "tbank": lambda paid, at: payment_samples.tbank(paid, 77, password="terminal-password"),
    "stripe": lambda paid, at: payment_samples.stripe_payment_intent(paid, "77", secret="whsec_test", at=at),
}


@given(
    st.sampled_from(sorted(SAMPLES)),
    st.decimals(min_value="0.01", max_value="9999999", places=2),
    st.integers(0, 200),
)
def test_what_a_sample_pays_is_what_is_received(provider: str, amount: Decimal, seconds: int) -> None:
    delivery: Delivery = SAMPLES[provider](Paid("D-000009", amount), RECEIVED_AT - timedelta(seconds=seconds))
    request = request_of(provider, tuple(delivery.headers.items()), delivery.body)
    PROVIDERS[provider].verify(request, source_of(provider))
    (notice,) = PROVIDERS[provider].parse(request, source_of(provider))
    assert isinstance(notice, PaymentNotice)
    assert (notice.provider_payment_id, notice.reference) == ("77", "D-000009")
    assert (notice.received.amount, notice.received.currency) == (amount, "RUB")
