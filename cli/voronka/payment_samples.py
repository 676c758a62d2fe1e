"""Builds signed payment notifications as the providers would send them: what the demo and the tests feed to deals.

The signing here is written from the providers' descriptions and shares no code with the modules that check it.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlencode

from voronka.samples import Delivery, _json

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Paid:
    """Money that a customer paid. ``reference`` is the deal's number, such as D-000123."""

    reference: str
    amount: Decimal  # major units
    currency: str = "RUB"


def cloudpayments(paid: Paid, transaction_id: int, *, secret: str, at: datetime, test: bool = False) -> Delivery:
    """A Pay notification of CloudPayments for a payment in one step."""
    fields = {
        "TransactionId": transaction_id,
        "Amount": f"{paid.amount:.2f}",
        "Currency": paid.currency,
        "PaymentAmount": f"{paid.amount:.2f}",
        "PaymentCurrency": paid.currency,
        "OperationType": "Payment",
        "InvoiceId": paid.reference,
        "AccountId": "",
        "DateTime": at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "CardFirstSix": "424242",
        "CardLastFour": "4242",
        "CardType": "Visa",
        "TestMode": int(test),
        "Status": "Completed",
        "GatewayName": "Test",
        "AuthCode": "A1B2C3",
        "TotalFee": "0.00",
    }
    body = urlencode(fields).encode()
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return Delivery({"content-type": _FORM, "content-hmac": signature}, body)


def cloudpayments_refund(paid: Paid, refund_id: int, transaction_id: int, *, secret: str, at: datetime) -> Delivery:
    """A Refund notification of CloudPayments: so much of the payment ``transaction_id`` went back."""
    fields = {
        "TransactionId": refund_id,
        "PaymentTransactionId": transaction_id,
        "Amount": f"{paid.amount:.2f}",
        "DateTime": at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "OperationType": "Refund",
        "InvoiceId": paid.reference,
        "AccountId": "",
        "Email": "",
        "Data": "",
        "Rrn": "029513006520",
    }
    body = urlencode(fields).encode()
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return Delivery({"content-type": _FORM, "content-hmac": signature}, body)


def tbank(
    paid: Paid, payment_id: int, *, password: str, terminal: str = "1700000000000", status: str = "CONFIRMED"
) -> Delivery:
    """A status notification of T-Bank. Amounts are in kopecks; after a partial refund it is what is left."""
    fields: dict[str, object] = {
        "TerminalKey": terminal,
        "OrderId": paid.reference,
        "Success": True,
        "Status": status,
        "PaymentId": payment_id,
        "ErrorCode": "0",
        "Amount": int(paid.amount * 100),
        "CardId": 322264,
        "Pan": "430000******0777",
        "ExpDate": "1230",
    }
    signed = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in fields.items()}
    signed["Password"] = password
    token = hashlib.sha256("".join(signed[name] for name in sorted(signed)).encode()).hexdigest()
    # A nested object takes no part in the token.
    content = {**fields, "Token": token, "DATA": {"source": "cards"}}
    return Delivery({"content-type": "application/json"}, _json(content))


def stripe_payment_intent(
    paid: Paid, intent_id: str, *, secret: str, at: datetime, minor_digits: int = 2, live: bool = True
) -> Delivery:
    """The event that a payment intent has succeeded, with the deal's number in its metadata."""
    intent = {
        "id": intent_id,
        "object": "payment_intent",
        "amount": int(paid.amount.scaleb(minor_digits)),
        "amount_received": int(paid.amount.scaleb(minor_digits)),
        "currency": paid.currency.lower(),
        "metadata": {"deal_number": paid.reference} if paid.reference else {},
        "status": "succeeded",
    }
    return _stripe(f"evt_{intent_id}", "payment_intent.succeeded", intent, secret, at, live)


def stripe_checkout(
    paid: Paid, session_id: str, intent_id: str | None, *, secret: str, at: datetime, status: str = "paid"
) -> Delivery:
    """The event that a checkout session was completed, with the deal's number as the client's reference."""
    session = {
        "id": session_id,
        "object": "checkout.session",
        "amount_total": int(paid.amount * 100),
        "currency": paid.currency.lower(),
        "client_reference_id": paid.reference or None,
        "metadata": {},
        "payment_intent": intent_id,
        "payment_status": status,
    }
    return _stripe(f"evt_{session_id}", "checkout.session.completed", session, secret, at, True)


def stripe_refund(in_all: Paid, intent_id: str, *, secret: str, at: datetime) -> Delivery:
    """The event that a charge was refunded: ``in_all`` is the sum of its refunds so far."""
    charge = {
        "id": f"ch_{intent_id}",
        "object": "charge",
        "amount_refunded": int(in_all.amount * 100),
        "currency": in_all.currency.lower(),
        "metadata": {},
        "payment_intent": intent_id,
        "status": "succeeded",
    }
    return _stripe(f"evt_refund_{intent_id}_{in_all.amount}", "charge.refunded", charge, secret, at, True)


def yookassa(payment_id: str, event: str = "payment.succeeded") -> Delivery:
    """A notification of YooKassa, which nobody signs; what it says of the payment is not believed anyway."""
    about = {"payment_id": payment_id, "id": f"re-{payment_id}"} if event.startswith("refund.") else {"id": payment_id}
    what = {**about, "status": event.partition(".")[2], "amount": {"value": "999999.00", "currency": "RUB"}}
    return Delivery(
        {"content-type": "application/json"}, _json({"type": "notification", "event": event, "object": what})
    )


def _stripe(event_id: str, kind: str, what: Mapping[str, object], secret: str, at: datetime, live: bool) -> Delivery:
    event = {
        "id": event_id,
        "object": "event",
        "api_version": "2025-03-31.basil",
        "created": int(at.timestamp()),
        "type": kind,
        "livemode": live,
        "pending_webhooks": 1,
        "data": {"object": what},
    }
    body = _json(event)
    time = str(int(at.timestamp()))
    signature = hmac.new(secret.encode(), time.encode() + b"." + body, hashlib.sha256).hexdigest()
    return Delivery({"content-type": "application/json", "stripe-signature": f"t={time},v1={signature}"}, body)
