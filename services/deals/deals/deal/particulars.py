"""The rules of what is written on a deal besides its stage, value and manager. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from events.contracts.deals import (
    DealChecked,
    DealCloseExpected,
    DealFieldsChanged,
    DealNoted,
    DealOrganisationChanged,
    DealParticipantAdded,
    DealParticipantRemoved,
    DealRenamed,
    DealTagged,
    DealUntagged,
)
from events.decider import Rejected
from events.event import Event

from deals.deal.orders import (
    AddParticipant,
    ChangeFields,
    ChangeOrganisation,
    Check,
    ExpectClose,
    Particular,
    RemoveParticipant,
    RenameDeal,
    Retag,
    WriteNote,
)
from deals.deal.states import Deal, Lost, Some, Won
from deals.pipelines.pipeline import Pipeline

MOST_TAGS: Final = 50
MOST_PARTICIPANTS: Final = 50


def written(pipeline: Pipeline, command: Particular, state: Some) -> Sequence[Event]:
    """The events of a command. A closed deal takes no more ticks and no more expectations."""
    deal = state.deal
    match command:
        case ChangeFields(changes=changes):
            told = DealFieldsChanged(deal_id=deal.deal_id, customer_id=deal.customer_id, changes=changes)
            return (told,) if changes else ()
        case Retag():
            return _retagged(command, deal)
        case RenameDeal(title=title):
            renamed = DealRenamed(deal_id=deal.deal_id, customer_id=deal.customer_id, title=title)
            return () if title == deal.title else (renamed,)
        case WriteNote(text=text):
            return (DealNoted(deal_id=deal.deal_id, customer_id=deal.customer_id, text=text),)
        case ChangeOrganisation(organisation_id=found):
            changed = DealOrganisationChanged(deal_id=deal.deal_id, customer_id=deal.customer_id, organisation_id=found)
            return () if found == deal.organisation_id else (changed,)
        case AddParticipant():
            return _joined(command, deal)
        case RemoveParticipant(participant_id=gone):
            left = DealParticipantRemoved(deal_id=deal.deal_id, customer_id=deal.customer_id, participant_id=gone)
            return (left,) if gone in deal.participants else ()
        case ExpectClose(on=on):
            _check_live(state)
            expected = DealCloseExpected(deal_id=deal.deal_id, customer_id=deal.customer_id, expected_on=on)
            return () if on == deal.expected_on else (expected,)
        case Check():
            _check_live(state)
            return _checked(pipeline, command, state)


def _check_live(state: Some) -> None:
    if isinstance(state, Won):
        raise Rejected("already_won", "The deal is won and stays as it is.")
    if isinstance(state, Lost):
        raise Rejected("already_lost", "The deal is lost; reopen it first.")


def _retagged(command: Retag, deal: Deal) -> Sequence[Event]:
    on, off = command.add - deal.tags, (command.remove - command.add) & deal.tags
    if len(deal.tags - off) + len(on) > MOST_TAGS:
        raise Rejected("too_many_tags", f"A deal has {MOST_TAGS} tags at most.")
    tagged = DealTagged(deal_id=deal.deal_id, customer_id=deal.customer_id, tags=tuple(sorted(on)))
    untagged = DealUntagged(deal_id=deal.deal_id, customer_id=deal.customer_id, tags=tuple(sorted(off)))
    return (*((untagged,) if off else ()), *((tagged,) if on else ()))


def _joined(command: AddParticipant, deal: Deal) -> Sequence[Event]:
    if deal.participants.get(command.participant_id) == command.role:
        return ()
    if command.participant_id == deal.customer_id:
        raise Rejected("own_customer", "The customer of the deal takes part in it anyway.")
    if command.participant_id not in deal.participants and len(deal.participants) >= MOST_PARTICIPANTS:
        raise Rejected("too_many_participants", f"A deal has {MOST_PARTICIPANTS} participants at most.")
    return (
        DealParticipantAdded(
            deal_id=deal.deal_id,
            customer_id=deal.customer_id,
            participant_id=command.participant_id,
            role=command.role,
        ),
    )


def _checked(pipeline: Pipeline, command: Check, state: Some) -> Sequence[Event]:
    deal, code = state.deal, command.stage or state.stage
    stage = pipeline.known(code)
    if stage is None or stage.item(command.item) is None:
        raise Rejected("unknown_item", f"The stage {code} has no item {command.item} on its check-list.")
    if ((code, command.item) in deal.checked) == command.is_done:
        return ()
    return (
        DealChecked(
            deal_id=deal.deal_id,
            customer_id=deal.customer_id,
            stage=code,
            item=command.item,
            is_done=command.is_done,
        ),
    )
