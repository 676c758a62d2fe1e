"""CloudPayments: notifications ``Pay``, ``Confirm`` and ``Refund``, urlencoded or JSON (developers.cloudpayments.ru).

Secrets: the API secret of the site. ``Content-HMAC`` is base64 of HMAC-SHA256 of the body as sent; the second header,
``X-Content-HMAC``, is over the URL-decoded form and is not used. The answer must be ``{"code":0}``.

Give this address for Pay, Confirm and Refund. ``Amount`` is in major units, ``InvoiceId`` is the reference,
``DateTime`` is in UTC. A payment in two steps comes as ``Authorized`` first, which is not money yet, and by Confirm as
``Completed``. Check (sent before the payment, with ``Status`` filled in all the same) is told by the absence of
everything that only the bank's answer holds. Idempotency key: ``TransactionId``. A refund is a transaction of its own
and names the payment's in ``PaymentTransactionId``; it has neither status nor, as a rule, currency: it is the
payment's.
"""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from events.webhooks import Ignored, RawRequest, Reply, Source, Unreadable

from deals.payments.notices import Notice, PaymentNotice, RefundNotice
from deals.payments.orders import ThisMuch
from deals.payments.providers.base import (
    Provider,
    amount,
    currency_code,
    decimal,
    identifier,
    json_object,
    reference,
    require_signature,
)

MAX_FIELDS = 200
_AFTER_THE_BANK = ("AuthCode", "GatewayName", "TotalFee", "Rrn", "Token")


class CloudPayments(Provider):
    name = "cloudpayments"

    def verify(self, request: RawRequest, source: Source) -> None:
        def sign(secret: str) -> str:
            return base64.b64encode(hmac.digest(secret.encode(), request.body, "sha256")).decode()

        given = request.header("content-hmac")
        require_signature([given] if given else [], source, sign, "Content-HMAC")

    def reply(self, request: RawRequest, source: Source) -> Reply:
        return Reply(body=b'{"code":0}', content_type="application/json")

    def parse(self, request: RawRequest, source: Source) -> list[Notice]:
        fields = _fields(request)
        if fields.get("OperationType") == "Refund":
            return [_refund(fields, request)]
        if fields.get("OperationType", "Payment") != "Payment":
            raise Ignored("a payout, not a payment")
        if fields.get("Status") != "Completed":
            raise Ignored("a payment that is not completed")
        if not any(fields.get(name) for name in _AFTER_THE_BANK):
            raise Ignored("a check before the payment")
        return [
            PaymentNotice(
                identifier(fields.get("TransactionId"), "TransactionId"),
                reference(fields.get("InvoiceId")),
                amount(fields.get("Amount"), fields.get("Currency"), "Amount"),
                _moment(fields.get("DateTime"), request),
                is_test=str(fields.get("TestMode")).lower() in ("1", "true"),
            )
        ]


def _refund(fields: dict[str, Any], request: RawRequest) -> RefundNotice:
    if fields.get("Status", "Completed") != "Completed":
        raise Ignored("a refund that is not completed")
    currency = fields.get("Currency")
    return RefundNotice(
        identifier(fields.get("PaymentTransactionId"), "PaymentTransactionId"),
        identifier(fields.get("TransactionId"), "TransactionId"),
        ThisMuch(decimal(fields.get("Amount"), "Amount")),
        currency_code(currency) if currency else None,
        _moment(fields.get("DateTime"), request),
    )


def _fields(request: RawRequest) -> dict[str, Any]:
    if "json" in (request.header("content-type") or ""):
        return json_object(request.body)
    try:
        return dict(
            parse_qsl(request.body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
        )
    except ValueError:
        raise Unreadable("the body is not a form in UTF-8") from None


def _moment(value: object, request: RawRequest) -> datetime:
    if value is None:
        return request.received_at
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise Unreadable("DateTime is not a time") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
