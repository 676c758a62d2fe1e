"""Sends the messages that rules requested: a durable task each, run by a worker outside of any transaction.

Exactly one effect: ``message.requested.v1`` and the task are written in one transaction, ``message.sent.v1`` and the
task's end in another, and a lease keeps two workers off one message (a provider must answer in less time than a lease
lasts). What no client can close is the window between the provider's "taken" and our commit: the process dies there, or
the answer is lost. Where repeats are known the message is handed over again, the same to the byte under the same key:
``Message-ID`` of a letter, ``{message_id}`` of an SMS. Telegram, WhatsApp and SMS without a key know none: there it is
not handed over again (``handing.py``), and ``message.unconfirmed.v1`` says that nobody learnt whether it was taken.

Media stand in order of preference. The next one is only tried where the one before can never take the message: there is
no address, or the provider said so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import orjson
from events.contracts.automation import MessageFailed, MessageSent, MessageUnconfirmed
from events.event import Event
from events.privacy import CustomerKey, Keys
from events.sqlfile import sql
from events.store import Append, deterministic_id
from events.tasks import PutOff, Retry, Task
from liquid.exceptions import LiquidError

from automation.messages.handing import Unconfirmed, hand_over
from automation.messages.media.port import Contact, Medium, Parcel, Refused
from automation.messages.pace import Pace
from automation.messages.request import SERVICE, Request
from automation.messages.shelf import NoTemplate, Shelf
from automation.messages.showing import shown
from automation.messages.standing import SQL, Standing, opened
from automation.messages.tracking import Tracking
from automation.messages.wording import Said, TemplateInvalid, Variables
from automation.parts import Language
from automation.timing import reading

GIVE_UP_AFTER = 36
"""Attempts: with pauses of at most an hour this is a little over a day."""
ON_ITS_WAY: Final = timedelta(seconds=20)
"""How long after the message was decided what was said of the customer may still be on its way to the log."""


@dataclass(frozen=True)
class Sending:
    """The handler of the task: asks whether and how, opens the contact with the customer's key, renders, hands over."""

    pool: asyncpg.Pool
    keys: Keys
    shelf: Shelf
    media: Mapping[str, Medium]
    standing: Standing
    tracking: Tracking
    pace: Pace
    language: Language
    zone: ZoneInfo
    company: str
    now: Callable[[], datetime]

    async def __call__(self, task: Task) -> Sequence[Append]:
        """Raises ``PutOff``, ``Retry``, or whatever stood in the way and may pass."""
        request = Request.of(task)
        try:
            if request.handed_over:
                raise Unconfirmed(request.handed_over)
            contact, key = await self._contact(request, task)
            reached, passed_over = await self._reached(request, contact)
            await self.standing.wait(request, contact)
            said, version = await self._said_to(request, contact, key)
            medium, provider_id = await self._hand_over(task, reached, request, said, passed_over)
        except Unconfirmed as lost:
            told = _common(request, lost.handed_over.medium)
            return self._told(task, MessageUnconfirmed(**told, handed_over_at=lost.handed_over.at))
        except Refused as refused:
            return self._failed(task, request, refused.reason)
        sent = MessageSent(
            **_common(request, medium.name),
            attempts=task.attempts,
            template_version=version,
            delivery_id=_delivery_id(medium, provider_id),
        )
        return self._told(task, sent)

    def abandoned(self, task: Task, reason: str) -> Sequence[Append]:
        """What is said when the worker gives up; ``reason`` is that of the last attempt."""
        return self._failed(task, Request.of(task), f"gave_up: {reason}")

    async def _contact(self, request: Request, task: Task) -> tuple[Contact, CustomerKey]:
        row = await self.pool.fetchrow(sql("contact", SQL), request.customer_id)
        if row is None:
            await self._until_all_is_known(request, _NO_CARD)
            raise Retry(_NO_CARD, _soon(task), awaited=True)
        if row["erased"]:
            raise Refused("customer_erased")
        if row["black_listed"]:
            raise Refused("black_listed")
        key = (await self.keys.read([request.customer_id])).get(request.customer_id)
        if key is None:
            raise Refused("customer_erased")
        return opened(row, key, orjson.loads(row["preferred"])), key

    async def _reached(self, request: Request, contact: Contact) -> tuple[list[tuple[Medium, str]], dict[str, str]]:
        """The media by which the customer can be reached, each with the address; and why the others cannot."""
        reached: list[tuple[Medium, str]] = []
        reasons: dict[str, str] = {}
        is_unknown = False
        for name in await self.standing.allowed(request):
            medium = self.media.get(name)
            if medium is None:
                reasons[name] = "not_set_up"
                continue
            try:
                address = medium.address(contact)
            except Refused as refused:
                reasons[name] = refused.reason
                continue
            if address is None:
                reasons[name], is_unknown = f"no_{_ADDRESSES[name]}", True
            else:
                reached.append((medium, address))
        if not reached and is_unknown:
            await self._until_all_is_known(request, "no address is known yet")
        if not reached:
            raise _refused(reasons)
        return reached, reasons

    async def _until_all_is_known(self, request: Request, reason: str) -> None:
        """Raises ``PutOff`` until all has been read that may have been said when the message was decided."""
        async with self.pool.acquire() as connection:
            read = await reading.moment_of(connection)
        if read.read_until is None or read.read_until < request.written_at + ON_ITS_WAY:
            raise PutOff(reason, look_again(read.now - request.written_at))

    async def _said_to(self, request: Request, contact: Contact, key: CustomerKey) -> tuple[Said, int | None]:
        """What the message says to this customer, and the version of its template."""
        try:
            wording, version = await self.shelf.wording(request.template, self.language, request.written_at)
        except NoTemplate:
            raise Refused("no_template") from None
        except TemplateInvalid:
            raise Refused("template_fails") from None
        variables = Variables(
            name=contact.name,
            company=self.company,
            link=self._link(request, key),
            unsubscribe=self.tracking.unsubscribe(request),
            values={name: shown(value, self.language, self.zone) for name, value in request.values.items()},
        )
        if missing := wording.missing(variables):
            raise Refused(f"missing: {', '.join(missing)}")
        try:
            said = wording.render(variables)
        except LiquidError:
            raise Refused("template_fails") from None
        return await self.tracking.followed(request, said, key), version

    def _link(self, request: Request, key: CustomerKey) -> str | None:
        """The one address that the message tells; of a questionnaire, where it is answered."""
        if request.questionnaire is None:
            return _opened_link(request, key)
        address = self.tracking.questionnaire(request)
        if address is None:
            raise Refused("nowhere_to_answer")
        return address

    async def _hand_over(
        self,
        task: Task,
        reached: Sequence[tuple[Medium, str]],
        request: Request,
        said: Said,
        passed_over: Mapping[str, str],
    ) -> tuple[Medium, str | None]:
        reasons = dict(passed_over)
        for medium, address in reached:
            try:
                return medium, await self._send(task, medium, address, request, said)
            except Refused as refused:
                reasons[medium.name] = refused.reason
        raise _refused(reasons)

    async def _send(self, task: Task, medium: Medium, address: str, request: Request, said: Said) -> str | None:
        unsubscribe = self.tracking.unsubscribe(request) if request.purpose != SERVICE else None
        if request.purpose != SERVICE and medium.takes_letters and unsubscribe is None:
            raise Refused("nowhere_to_unsubscribe")
        parcel = Parcel(
            message_id=request.message_id,
            to=address,
            said=said,
            written_at=request.written_at,
            language=self.language,
            sender=request.sender,
            unsubscribe=unsubscribe,
            pixel=self.tracking.pixel(request) if medium.takes_letters else None,
        )
        await self.pace.turn(medium.name)
        return await hand_over(self.pool, task, medium, parcel)

    def _failed(self, task: Task, request: Request, reason: str) -> Sequence[Append]:
        return self._told(task, MessageFailed(**_common(request, request.media[0]), reason=reason))

    def _told(self, task: Task, event: Event) -> Sequence[Append]:
        return [Append(task.id, 1, [event], task.cause, self.now())]


_NO_CARD = "the customer's card has not arrived yet"
_ADDRESSES = {"email": "email", "sms": "phone", "telegram": "chat", "whatsapp": "phone"}


def _refused(reasons: Mapping[str, str]) -> Refused:
    """One medium's reason, or those of all, each with its medium."""
    if len(reasons) == 1:
        return Refused(next(iter(reasons.values())))
    return Refused("; ".join(f"{medium}: {reason}" for medium, reason in sorted(reasons.items())))


def _opened_link(request: Request, key: CustomerKey) -> str | None:
    """Tasks that were stored before letters told links have none."""
    link = key.open(request.link) if request.link else None
    if request.link and link is None:
        raise Refused("unreadable")
    return link


def _delivery_id(medium: Medium, provider_id: str | None) -> UUID | None:
    """By what leads names the reports of the provider (``DeliveryReported.delivery_id``)."""
    if provider_id is None or medium.delivery_source is None:
        return None
    return deterministic_id("delivery", *medium.delivery_source, provider_id)


def look_again(age: timedelta) -> float:
    """Seconds after which a message decided so long ago asks again whether all is known of its customer.

    At first what is missing is about to come: it asks in growing steps, and as soon as all can be known. After that
    only our reading lags: short steps, which grow where it stands still for long.
    """
    left = (ON_ITS_WAY - age).total_seconds()
    return max(0.5, min(age.total_seconds(), left) if left > 0 else min(-left / 8, 300))


def _soon(task: Task) -> float:
    return float(min(0.125 * 2**task.attempts, 3600))


def _common(request: Request, medium: str) -> dict[str, object]:
    return {
        "message_id": request.message_id,
        "customer_id": request.customer_id,
        "medium": medium,
        "template": request.template,
        "cause": request.cause,
    }
