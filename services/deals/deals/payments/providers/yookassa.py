"""YooKassa: notifications of payments and refunds (yookassa.ru/developers/using-api/webhooks), which nobody signs.

They come from the addresses below; option ``networks`` of the source, comma separated, replaces them. That keeps
strangers from making us ask, and proves nothing: each notification is answered at once, then the payment is read from
YooKassa (``GET /v3/payments/{id}``, yookassa.ru/developers/api) and only that is believed. So it does not matter which
notification came, how often and in which order: the payment as it is tells what was received and what was refunded.

Secrets: the shop's secret key; option ``shop_id`` its id. Reference: the metadata that option ``reference_field`` names
(``deal_number`` unless given), else what may be a number in ``description``. A payment ``waiting_for_capture`` is not
money yet.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from ipaddress import ip_address, ip_network
from typing import Any

from events.webhooks import Ignored, RawRequest, Source, Unreadable, Unverified

from deals.payments.naming import kept
from deals.payments.notices import Notice, PaymentNotice, RefundNotice, Unproven
from deals.payments.orders import InAll
from deals.payments.providers.base import Provider, amount, decimal, identifier, json_object, mapping, reference

NETWORKS = (
    "185.71.76.0/27,185.71.77.0/27,77.75.153.0/25,77.75.156.11/32,77.75.156.35/32,77.75.154.128/25,2a02:5180::/32"
)
_EVENTS = ("payment.succeeded", "payment.waiting_for_capture", "payment.canceled", "refund.succeeded")
_ID = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_")


class YooKassa(Provider):
    name = "yookassa"
    asked = True

    def verify(self, request: RawRequest, source: Source) -> None:
        if not source.secrets or not source.options.get("shop_id"):
            raise Unverified("the source has no secret key or no shop_id configured")
        if not _is_within(request.client, source.options.get("networks", NETWORKS)):
            raise Unverified("the sender's address is not YooKassa's")

    def parse(self, request: RawRequest, source: Source) -> list[Notice]:
        notification = json_object(request.body)
        event = notification.get("event")
        if event not in _EVENTS:
            raise Ignored("an event that tells of no payment")
        what = mapping(notification.get("object"), "object")
        return [Unproven(payment_id(what.get("payment_id" if event == "refund.succeeded" else "id")))]


def notices(payment: dict[str, Any], source: Source, told_at: datetime) -> list[PaymentNotice | RefundNotice]:
    """What a payment read from YooKassa tells: money received if it succeeded, and what of it was given back.

    The payment does not say when it was refunded: ``told_at`` is when its notification came. Raises
    :class:`events.webhooks.Unreadable`, :class:`events.webhooks.Ignored` for a payment of nothing.
    """
    if payment.get("status") != "succeeded" or payment.get("paid") is not True:
        return []
    id_, value = payment_id(payment.get("id")), mapping(payment.get("amount"), "amount")
    metadata = payment.get("metadata")
    field = source.options.get("reference_field", "deal_number")
    named = metadata.get(field) if isinstance(metadata, dict) else None
    received = amount(value.get("value"), value.get("currency"), "amount.value")
    at = _moment(payment.get("captured_at") or payment.get("created_at"))
    told: list[PaymentNotice | RefundNotice] = [
        PaymentNotice(
            id_,
            reference(named) or kept(reference(payment.get("description"))),
            received,
            at,
            is_test=payment.get("test") is True,
        )
    ]
    if payment.get("refunded_amount") is not None:
        total = decimal(mapping(payment["refunded_amount"], "refunded_amount").get("value"), "refunded_amount.value")
        if total > Decimal(0):
            told.append(RefundNotice(id_, f"in all {total}", InAll(total), received.currency, told_at))
    return told


def payment_id(value: object) -> str:
    """An id of YooKassa: it becomes a part of an address, so that nothing else may stand in it."""
    text = identifier(value, "the payment's id")
    if len(text) > 64 or not _ID.issuperset(text):
        raise Unreadable("the payment's id is not one")
    return text


def _is_within(client: str | None, networks: str) -> bool:
    try:
        address = ip_address(client or "")
        return any(address in ip_network(network.strip()) for network in networks.split(","))
    except ValueError:
        return False


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise Unreadable("captured_at is not a time") from None
    if moment.tzinfo is None:
        raise Unreadable("captured_at is not a time")
    return moment
