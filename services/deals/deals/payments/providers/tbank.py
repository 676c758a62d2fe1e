"""T-Bank (T-Kassa): JSON notifications of a payment's status (tbank.ru/kassa/dev/payments, Notifications).

Secrets: the terminal's password. ``Token`` is the hex SHA-256 of the values of the root's scalar fields, without
``Token`` and with ``Password``, sorted by name and joined; booleans are written ``true`` and ``false``. The answer must
be exactly ``OK``.

``CONFIRMED`` is money. ``REFUNDED`` gives all of it back; of ``PARTIAL_REFUNDED`` the ``Amount`` is what is left: it is
described as the current sum of the transaction, and there is no id of the refund. What is left only shrinks, so that
repeats and late notifications change nothing. ``Amount`` is in kopecks; the currency is not sent: option ``currency``
of the source, RUB unless given. ``OrderId`` is the reference. There is no time in it, so ``occurred_at`` is the time of
receipt. Idempotency key: ``PaymentId``. Option ``terminal_key``, where given, must be the notification's.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

from events.webhooks import Ignored, RawRequest, Reply, Source, Unreadable, Unverified

from deals.payments.notices import Notice, PaymentNotice, RefundNotice
from deals.payments.orders import Leaving
from deals.payments.providers.base import (
    Provider,
    amount,
    decimal,
    identifier,
    json_object,
    reference,
    require_signature,
)


class TBank(Provider):
    name = "tbank"

    def verify(self, request: RawRequest, source: Source) -> None:
        try:
            fields = json_object(request.body)
        except Unreadable as error:
            # The signature is inside the body, so what cannot be read is not proven either.
            raise Unverified(error.reason) from None
        token = fields.get("Token")
        scalars = {name: _written(value) for name, value in fields.items() if name != "Token" and _is_scalar(value)}

        def sign(secret: str) -> str:
            values = scalars | {"Password": secret}
            joined = "".join(values[name] for name in sorted(values))
            return hashlib.sha256(joined.encode(errors="surrogatepass")).hexdigest()

        require_signature([token.lower()] if isinstance(token, str) else [], source, sign, "Token")
        terminal = source.options.get("terminal_key")
        if terminal is not None and fields.get("TerminalKey") != terminal:
            raise Unverified("TerminalKey is another terminal's")

    def reply(self, request: RawRequest, source: Source) -> Reply:
        return Reply(body=b"OK", content_type="text/plain")

    def parse(self, request: RawRequest, source: Source) -> list[Notice]:
        fields = json_object(request.body)
        status = fields.get("Status")
        if status not in ("CONFIRMED", "REFUNDED", "PARTIAL_REFUNDED"):
            raise Ignored("a payment that is not confirmed")
        if fields.get("Success") is False:
            raise Ignored("an operation that did not succeed")
        if status != "CONFIRMED":
            return [_refund(fields, source, request)]
        terminal = fields.get("TerminalKey")
        return [
            PaymentNotice(
                identifier(fields.get("PaymentId"), "PaymentId"),
                reference(fields.get("OrderId")),
                amount(fields.get("Amount"), source.options.get("currency", "RUB"), "Amount", minor_digits=2),
                request.received_at,
                is_test=isinstance(terminal, str) and terminal.endswith("DEMO"),
            )
        ]


def _refund(fields: dict[str, Any], source: Source, request: RawRequest) -> RefundNotice:
    left = decimal(fields.get("Amount"), "Amount", minor_digits=2)
    payment_id, currency = identifier(fields.get("PaymentId"), "PaymentId"), source.options.get("currency", "RUB")
    if fields["Status"] == "REFUNDED":
        return RefundNotice(payment_id, "REFUNDED", Leaving(Decimal(0)), currency, request.received_at)
    return RefundNotice(payment_id, f"PARTIAL_REFUNDED:{left}", Leaving(left), currency, request.received_at)


def _is_scalar(value: Any) -> bool:
    return value is not None and not isinstance(value, dict | list)


def _written(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
