"""Stripe: webhook events (docs.stripe.com/webhooks, docs.stripe.com/currencies).

Secrets: the endpoint's signing secret (``whsec_…``, used as it is). ``Stripe-Signature: t=…,v1=…`` holds the hex
HMAC-SHA256 of ``t``, a dot and the body as sent; ``t`` may be 300 seconds away from the time of receipt, not more.

Money: ``payment_intent.succeeded``, and ``checkout.session.completed`` or ``…async_payment_succeeded`` that is paid.
Both tell of one payment; its id is the payment intent's, so that it counts once. Reference: ``client_reference_id`` of
the session, or the metadata that option ``reference_field`` names (``deal_number`` unless given). Amounts are in the
currency's smallest unit; refunds are told by ``charge.refunded``, whose ``amount_refunded`` is the sum of all so far; a
refund's own events would tell them twice. One that failed after it was told (``refund.failed``, or ``refund.updated``
and ``charge.refund.updated`` with the status ``failed``) waits in quarantine for a person: the money is with Stripe
again, and whether the sum of the charge has shrunk by it is not documented. UGX is refused, because Stripe's page calls
it zero-decimal and two-decimal at once.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Any

from events.webhooks import Ignored, RawRequest, Source, Unreadable, Unverified

from deals.payments.notices import Notice, PaymentNotice, RefundNotice
from deals.payments.orders import InAll
from deals.payments.providers.base import (
    Provider,
    amount,
    identifier,
    json_object,
    mapping,
    reference,
    require_signature,
)

TOLERANCE_SECONDS = 300
MAX_SIGNATURES = 10
ZERO_DECIMAL = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
THREE_DECIMAL = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
_SESSION = ("checkout.session.completed", "checkout.session.async_payment_succeeded")


class Stripe(Provider):
    name = "stripe"

    def verify(self, request: RawRequest, source: Source) -> None:
        parts = [part.strip().partition("=") for part in (request.header("stripe-signature") or "").split(",")]
        times = [value for name, _, value in parts if name == "t"]
        given = [value for name, _, value in parts if name == "v1"][:MAX_SIGNATURES]
        if len(times) != 1 or not (times[0].isascii() and times[0].isdigit()) or len(times[0]) > 12:
            raise Unverified("Stripe-Signature is missing or malformed")

        def sign(secret: str) -> str:
            return hmac.digest(secret.encode(), times[0].encode() + b"." + request.body, "sha256").hex()

        require_signature(given, source, sign, "Stripe-Signature")
        if abs(request.received_at.timestamp() - int(times[0])) > TOLERANCE_SECONDS:
            raise Unverified("Stripe-Signature is older than 300 seconds")

    def parse(self, request: RawRequest, source: Source) -> list[Notice]:
        event = json_object(request.body)
        kind = event.get("type")
        if kind == "charge.refunded":
            return [_refund(event)]
        if isinstance(kind, str) and kind.startswith(("refund.", "charge.refund.")):
            if kind == "refund.failed" or _object_of(event).get("status") == "failed":
                raise Unreadable("a refund failed after it was told: register what is back by hand, then discard this")
            raise Ignored("a refund, which charge.refunded tells with the sum")
        if kind != "payment_intent.succeeded" and kind not in _SESSION:
            raise Ignored("an event that tells of no payment")
        what = _object_of(event)
        metadata = what.get("metadata")
        named = (
            metadata.get(source.options.get("reference_field", "deal_number")) if isinstance(metadata, dict) else None
        )
        if kind in _SESSION:
            if what.get("payment_status") != "paid":
                raise Ignored("a checkout that is not paid yet")
            intent = what.get("payment_intent")
            paid_by = intent.get("id") if isinstance(intent, dict) else intent
            payment_id, minor, named = (
                paid_by or what.get("id"),
                what.get("amount_total"),
                what.get("client_reference_id") or named,
            )
        else:
            payment_id, minor = what.get("id"), what.get("amount_received")
        currency = what.get("currency")
        return [
            PaymentNotice(
                identifier(payment_id, "the payment's id"),
                reference(named),
                amount(minor, currency, "the amount", minor_digits=_minor_digits(currency)),
                _created(event.get("created")),
                is_test=event.get("livemode") is not True,
            )
        ]


def _object_of(event: dict[str, Any]) -> dict[str, Any]:
    return mapping(mapping(event.get("data"), "data").get("object"), "data.object")


def _refund(event: dict[str, Any]) -> RefundNotice:
    charge = _object_of(event)
    intent, currency = charge.get("payment_intent"), charge.get("currency")
    paid_by = intent.get("id") if isinstance(intent, dict) else intent
    total = amount(charge.get("amount_refunded"), currency, "amount_refunded", minor_digits=_minor_digits(currency))
    payment_id = identifier(paid_by or charge.get("id"), "the payment's id")
    created = _created(event.get("created"))
    return RefundNotice(payment_id, f"in all {total.amount}", InAll(total.amount), total.currency, created)


def _minor_digits(currency: Any) -> int:
    code = currency.upper() if isinstance(currency, str) else ""
    if code == "UGX":
        raise Unreadable("the unit of amounts in UGX is ambiguous")
    return 0 if code in ZERO_DECIMAL else 3 if code in THREE_DECIMAL else 2


def _created(value: object) -> datetime:
    try:
        return datetime.fromtimestamp(int(str(value)), UTC)
    except (ValueError, OverflowError, OSError):
        raise Unreadable("created is not a time") from None
