"""What each event says of a customer, a deal or a lead. A fact that is not here cannot be asked.

A name with a dot is one of many: ``tags.vip``, ``fields.size``. Whoever says a fact later is right; what is cleared is
``None``. A sealed value is only ``True``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from events.contracts.leads.card import FieldChange
from events.envelope import Recorded

from automation.rules.conditions import plain


class Told(NamedTuple):
    """One thing that is so from now on. ``value`` is what JSON has."""

    subject: str
    subject_id: UUID
    name: str
    value: Any


def told(recorded: Recorded) -> Sequence[Told]:
    """What an event says."""
    tell = _TELL.get(recorded.type)
    return tell(recorded.event, recorded) if tell else ()


def _says(subject: str, subject_id: UUID, said: Mapping[str, Any]) -> list[Told]:
    return [Told(subject, subject_id, name, plain(value)) for name, value in said.items()]


def _customer(event: Any, **said: Any) -> list[Told]:
    return _says("customer", event.customer_id, said)


def _deal(event: Any, *same: str, **said: Any) -> list[Told]:
    """``same``: fields of the event that have the names of facts."""
    return _says("deal", event.deal_id, {name: getattr(event, name) for name in same} | said)


def _lead(event: Any, *same: str, **said: Any) -> list[Told]:
    return _says("lead", event.lead_id, {name: getattr(event, name) for name in same} | said)


def _message(event: Any, **said: Any) -> list[Told]:
    return _says("message", event.message_id, said)


def _by_person(event: Any, name: str, at: Any) -> list[Told]:
    """What a program did is no sign that somebody has read it."""
    return [] if event.by_machine else _message(event, **{name: at})


def _each(subject: str, subject_id: UUID, name: str, values: Iterable[tuple[object, Any]]) -> list[Told]:
    return [Told(subject, subject_id, f"{name}.{key}", plain(value)) for key, value in values]


def _fields(changes: Sequence[FieldChange]) -> list[tuple[str, Any]]:
    return [(change.field, True if change.sealed is not None else change.value) for change in changes]


def _contacts(event: Any) -> list[Told]:
    return _each("customer", event.customer_id, "contacts", [(one.index, one.kind) for one in event.identities])


def _captured(e: Any, r: Recorded) -> list[Told]:
    touch = e.touch
    about = {"channel": touch.channel, "source": touch.source, "campaign": touch.campaign, "is_test": touch.is_test}
    return [
        *_lead(e, "direction", "is_returning", **about, state="open", since=r.occurred_at),
        *_customer(e, channel=touch.channel),
        *_each("customer", e.customer_id, "leads", [(e.lead_id, "open")]),
    ]


def _lead_state(e: Any, state: str, *same: str, **said: Any) -> list[Told]:
    return [
        *_lead(e, *same, state=state, **said),
        *_each("customer", e.customer_id, "leads", [(e.lead_id, state)]),
    ]


def _qualified(e: Any, _: Recorded) -> list[Told]:
    known = {name: getattr(e, name) for name in ("category", "direction") if getattr(e, name) is not None}
    known |= {"responsible": e.manager_id} if e.manager_id else {}
    return [*_lead_state(e, "qualified", "temperature", **known), *_customer(e, temperature=e.temperature)]


def _deal_state(e: Any, r: Recorded, state: str, stage: str, *same: str, **said: Any) -> list[Told]:
    return [
        *_deal(e, *same, state=state, stage=stage, stage_since=r.occurred_at, **said),
        *_each("customer", e.customer_id, "deals", [(e.deal_id, state)]),
    ]


def _opened(e: Any, r: Recorded) -> list[Told]:
    same = ("number", "pipeline", "deal_type", "value", "direction", "lead_id", "organisation_id")
    return _deal_state(e, r, "open", e.stage, *same, responsible=e.manager_id, since=r.occurred_at)


def _invoice(e: Any, state: str) -> list[Told]:
    return _each("deal", e.deal_id, "invoices", [(e.invoice_id, state)])


def _allocated(e: Any, _: Recorded) -> list[Told]:
    return _invoice(e, "paid") if not e.invoice_due.amount else []


def _refunded(e: Any, _: Recorded) -> list[Told]:
    shares = [(share.invoice_id, "open") for share in e.shares]
    return _each("deal", e.deal_id, "invoices", shares) if e.deal_id else []


def _consent(e: Any, *, agreed: bool) -> list[Told]:
    purpose = f"{e.purpose}/{e.channel}" if e.channel else e.purpose
    return _each("customer", e.customer_id, "consents", [(purpose, agreed)])


_Tell = Callable[[Any, Recorded], list[Told]]
_TELL: dict[str, _Tell] = {
    "customer.registered.v1": lambda e, r: [
        *_customer(e, since=r.occurred_at, direction=e.direction),
        *_contacts(e),
    ],
    "customer.contact-added.v1": lambda e, _: _contacts(e),
    "customer.contact-removed.v1": lambda e, _: _each("customer", e.customer_id, "contacts", [(e.index, None)]),
    "customer.details-changed.v1": lambda e, _: _each(
        "customer", e.customer_id, "details", [(change.detail, change.value) for change in e.changes]
    ),
    "customer.fields-changed.v1": lambda e, _: _each("customer", e.customer_id, "fields", _fields(e.changes)),
    "customer.tagged.v1": lambda e, _: _each("customer", e.customer_id, "tags", [(tag, True) for tag in e.tags]),
    "customer.untagged.v1": lambda e, _: _each("customer", e.customer_id, "tags", [(tag, None) for tag in e.tags]),
    "customer.blacklisted.v1": lambda e, _: _customer(e, is_blacklisted=True),
    "customer.blacklist-lifted.v1": lambda e, _: _customer(e, is_blacklisted=False),
    "customer.consent-given.v1": lambda e, _: _consent(e, agreed=True),
    "customer.consent-withdrawn.v1": lambda e, _: _consent(e, agreed=False),
    "customer.merged.v1": lambda e, _: _customer(e, into=e.into_customer_id),
    "customer.split.v1": lambda e, _: _customer(e, into=None),
    "customer.responsible-changed.v1": lambda e, _: _customer(e, responsible=e.manager_id),
    "customer.segment-changed.v1": lambda e, _: _customer(e, segment=e.segment),
    "lead.captured.v1": _captured,
    "lead.touched.v1": lambda e, _: _customer(e, channel=e.touch.channel),
    "lead.assigned.v1": lambda e, _: _lead(e, responsible=e.manager_id),
    "lead.returned.v1": lambda e, _: _lead(e, responsible=None),
    "lead.qualified.v1": _qualified,
    "lead.disqualified.v1": lambda e, _: _lead_state(e, "disqualified", "reason"),
    "lead.reopened.v1": lambda e, _: _lead_state(e, "open", reason=None),
    "lead.postponed.v1": lambda e, _: _lead(e, postponed_until=e.until),
    "lead.fields-changed.v1": lambda e, _: _each("lead", e.lead_id, "fields", _fields(e.changes)),
    "deal.opened.v1": _opened,
    "deal.stage-changed.v1": lambda e, r: _deal(e, stage=e.to_stage, stage_since=r.occurred_at),
    "deal.won.v1": lambda e, r: _deal_state(e, r, "won", e.stage, "value"),
    "deal.lost.v1": lambda e, r: _deal_state(e, r, "lost", e.stage, loss_reason=e.reason),
    "deal.reopened.v1": lambda e, r: _deal_state(e, r, "open", e.to_stage, loss_reason=None),
    "deal.value-changed.v1": lambda e, _: _deal(e, "value"),
    "deal.reassigned.v1": lambda e, _: _deal(e, responsible=e.manager_id),
    "deal.put-off.v1": lambda e, _: _deal(e, "wake_at"),
    "deal.close-expected.v1": lambda e, _: _deal(e, "expected_on"),
    "deal.organisation-changed.v1": lambda e, _: _deal(e, "organisation_id"),
    "deal.fields-changed.v1": lambda e, _: _each("deal", e.deal_id, "fields", _fields(e.changes)),
    "deal.tagged.v1": lambda e, _: _each("deal", e.deal_id, "tags", [(tag, True) for tag in e.tags]),
    "deal.untagged.v1": lambda e, _: _each("deal", e.deal_id, "tags", [(tag, None) for tag in e.tags]),
    "quote.made.v1": lambda e, _: _deal(e, quote="made"),
    "quote.revised.v1": lambda e, _: _deal(e, quote="made"),
    "quote.sent.v1": lambda e, _: _deal(e, quote="sent"),
    "quote.accepted.v1": lambda e, _: _deal(e, quote="accepted"),
    "quote.rejected.v1": lambda e, _: _deal(e, quote="rejected"),
    "quote.expired.v1": lambda e, _: _deal(e, quote="expired"),
    "invoice.issued.v1": lambda e, _: _invoice(e, "open"),
    "invoice.overdue.v1": lambda e, _: _invoice(e, "overdue"),
    "invoice.cancelled.v1": lambda e, _: _invoice(e, "cancelled"),
    "payment.allocated.v1": _allocated,
    "payment.deallocated.v1": lambda e, _: _invoice(e, "cancelled" if e.reason == "invoice_cancelled" else "open"),
    "payment.refunded.v1": _refunded,
    "work.opened.v1": lambda e, _: _deal(e, work="opened"),
    "work.accepted.v1": lambda e, _: _deal(e, work="accepted"),
    "work.completed.v1": lambda e, _: _deal(e, "guarantee_until", work="completed"),
    "work.cancelled.v1": lambda e, _: _deal(e, work="cancelled"),
    "message.requested.v1": lambda e, _: _message(e, state="requested", template=e.template),
    "message.sent.v1": lambda e, _: _message(e, state="sent"),
    "message.delivered.v1": lambda e, _: _message(e, state="delivered"),
    "message.failed.v1": lambda e, _: _message(e, state="failed"),
    "message.unconfirmed.v1": lambda e, _: _message(e, state="unconfirmed"),
    "message.bounced.v1": lambda e, _: _message(e, state="bounced"),
    "message.opened.v1": lambda e, r: _by_person(e, "opened_at", r.occurred_at),
    "message.clicked.v1": lambda e, r: _by_person(e, "clicked_at", r.occurred_at),
    "message.replied.v1": lambda e, r: _message(e, replied_at=r.occurred_at),
}


TELLING = frozenset(_TELL)
"""The types of events that say anything."""
