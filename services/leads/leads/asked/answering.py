"""What leads does when automation asks for something about a customer or a lead: obeys, or says why not.

What a message taught about consent is heard in the same way; nobody asked, so nobody is answered.

In the transaction of the consumer's watermark, in the order in which it was asked: each request meets the card as those
before it left it. What follows carries the request's cause, so that rules which fire each other are counted here too.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from events.contracts.automation import (
    CustomerBlacklistingRequested,
    CustomerFieldsRequested,
    CustomerNoteRequested,
    CustomerResponsibleRequested,
    CustomerTagsRequested,
    InteractionPlanningRequested,
    LeadAssignmentRequested,
    LeadFieldsRequested,
    LeadJudgementRequested,
    MessageBounced,
    MessageUnsubscribed,
)
from events.contracts.leads import CustomerRequestAnswered, LeadRequestAnswered
from events.decider import Rejected
from events.envelope import Received, Recorded
from events.event import Event
from events.privacy import Keyring
from events.store import Append, Cause, Connection, deterministic_id

from leads.asked.cards import Cards
from leads.asked.consent import Told, takes_back, taking_back
from leads.asked.notes import noted
from leads.asked.of_leads import AskedLeads, OnLead, customers_of
from leads.asked.once import fresh
from leads.asked.planning import planned
from leads.card.commands import Prepare
from leads.card.domain import decider
from leads.card.edits import Edits, blacklisting, making_responsible, retagging
from leads.card.locked import Whole, lock
from leads.card.responsible import is_active, move_leads

ACTOR: Final = "service:leads"
REASON: Final = "rule"

OnCard = CustomerTagsRequested | CustomerFieldsRequested | CustomerBlacklistingRequested | CustomerResponsibleRequested
Besides = InteractionPlanningRequested | CustomerNoteRequested
"""What makes a stream of its own beside the card."""
OfCard = OnCard | Besides
Request = OfCard | OnLead
_TYPES: Final = frozenset(
    event.type
    for event in (
        CustomerTagsRequested,
        CustomerFieldsRequested,
        CustomerBlacklistingRequested,
        CustomerResponsibleRequested,
        InteractionPlanningRequested,
        CustomerNoteRequested,
        LeadJudgementRequested,
        LeadAssignmentRequested,
        LeadFieldsRequested,
        MessageUnsubscribed,
        MessageBounced,
    )
)


class Answering:
    """The reaction to automation. ``reasons``: why a lead may be disqualified, until a list of reasons is set."""

    def __init__(self, keyring: Keyring, edits: Edits, reasons: Collection[str]) -> None:
        self._keyring = keyring
        self._edits = edits
        self._reasons = reasons

    async def react(self, connection: Connection, records: Sequence[Received]) -> Sequence[Append]:
        """Obeys or refuses; returns what is to be appended."""
        asked: dict[UUID, tuple[Recorded, Request | Told]] = {}
        for entry in (record.recorded() for record in records if record.type in _TYPES):
            event = entry.event
            if isinstance(event, Request):
                asked.setdefault(event.request_id, (entry, event))
            elif isinstance(event, Told) and takes_back(event):
                asked.setdefault(entry.id, (entry, event))
        if not asked:
            return ()
        new = await fresh(connection, asked)
        wanted = [pair for request_id, pair in asked.items() if request_id in new]
        now = datetime.now(UTC)
        whose = await customers_of(connection, {event.lead_id for _, event in wanted if isinstance(event, OnLead)})
        named = {event.customer_id for _, event in wanted if not isinstance(event, OnLead)}
        # Cards are locked before their leads, as everybody does it.
        cards = Cards(await lock(connection, self._keyring, named | {*whose.values()}), now)
        leads = AskedLeads(self._keyring, self._reasons, now)
        await leads.lock(connection, whose)
        others: list[Append] = []
        for entry, event in wanted:
            if isinstance(event, OnLead):
                others += await _on_lead(connection, leads, entry, event, whose.get(event.lead_id))
            else:
                others += await self._answer(connection, cards, leads, entry, event)
        await leads.note_turns(connection)
        return [*cards.appends(), *others]

    async def _answer(
        self, connection: Connection, cards: Cards, leads: AskedLeads, entry: Recorded, event: OfCard | Told
    ) -> list[Append]:
        """Takes a request; what is to be appended besides the cards' own events, the answer last."""
        cause = _cause(entry)
        moved: list[Append] = []
        events: Sequence[Event] = ()
        refused: Rejected | None = None
        happened = False
        try:
            whole = cards.of(event.customer_id)
            if isinstance(event, InteractionPlanningRequested):
                moved = [await planned(connection, whole, event, cause, cards.now)]
            elif isinstance(event, CustomerNoteRequested):
                moved = [await noted(connection, whole, event, cause, cards.now)]
            else:
                events = await self._decided(connection, whole, entry, event)
                moved = await self._leads(connection, whole, event, cause, cards.now)
                leads.heard(moved)
                await cards.write(connection, whole, [_caused(one, event) for one in events], cause)
            happened = bool(moved or events)
        except Rejected as rejected:
            refused = rejected
        if isinstance(event, Told):
            return moved
        answer = CustomerRequestAnswered(customer_id=event.customer_id, **_outcome(event, happened, refused))
        return [*moved, Append(deterministic_id("customer request", event.request_id), 0, (answer,), cause, cards.now)]

    async def _decided(
        self, connection: Connection, whole: Whole, entry: Recorded, event: OnCard | Told
    ) -> Sequence[Event]:
        if isinstance(event, CustomerResponsibleRequested) and not await is_active(connection, event.manager_id):
            raise Rejected("unknown_manager", f"There is no active manager {event.manager_id}.")
        prepare = taking_back(entry, event) if isinstance(event, Told) else self._prepared(event)
        command = await prepare(connection, whole)
        return decider(whole.root).decide(command, whole.card)

    def _prepared(self, event: OnCard) -> Prepare:
        match event:
            case CustomerTagsRequested():
                return retagging(frozenset(event.add), frozenset(event.remove))
            case CustomerFieldsRequested():
                return self._edits.editing({}, event.fields, event.add)
            case CustomerBlacklistingRequested():
                return blacklisting(event.reason)
            case CustomerResponsibleRequested():
                return making_responsible(event.manager_id, REASON, None)

    async def _leads(
        self, connection: Connection, whole: Whole, event: OnCard | Told, cause: Cause, now: datetime
    ) -> list[Append]:
        """The open leads of the customer, where they go along with him."""
        if not isinstance(event, CustomerResponsibleRequested) or not event.with_leads:
            return []
        targets: Mapping[UUID, str] = dict.fromkeys(whole.members, event.manager_id)
        moved = await move_leads(connection, targets, f"Goes with the customer: {REASON}.", cause, now)
        return [replace(one, events=[_caused(told, event) for told in one.events]) for one in moved]


async def _on_lead(
    connection: Connection, leads: AskedLeads, entry: Recorded, event: OnLead, customer_id: UUID | None
) -> list[Append]:
    """Takes a request about a lead; what is to be appended, the answer last."""
    cause, refused = _cause(entry), None
    made: list[Append] = []
    try:
        made = await leads.take(connection, event, cause)
    except Rejected as rejected:
        refused = rejected
    told = _outcome(event, bool(made), refused)
    answer = LeadRequestAnswered(lead_id=event.lead_id, customer_id=customer_id, **told)
    return [*made, Append(deterministic_id("lead request", event.request_id), 0, (answer,), cause, leads.now)]


def _cause(entry: Recorded) -> Cause:
    return Cause(ACTOR, entry.correlation_id, entry.id, entry.traceparent)


def _caused(event: Event, request: OnCard | Told) -> Event:
    """What a rule led to says so, where its contract can."""
    if isinstance(request, Told):
        return event
    return event.model_copy(update={"cause": request.cause}) if "cause" in type(event).model_fields else event


def _outcome(event: Request, happened: bool, refused: Rejected | None) -> dict[str, Any]:
    """What every answer says."""
    return {
        "request_id": event.request_id,
        "request": event.type,
        "outcome": "refused" if refused else "done" if happened else "unchanged",
        "code": refused.code if refused else None,
        "reason": str(refused) if refused else None,
        "cause": event.cause,
    }
