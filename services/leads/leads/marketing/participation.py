"""A person goes through the stages of a marketing event: a stream of its own for each participant."""

from uuid import UUID

from events.contracts.leads.marketing import ParticipantMoved
from events.event import Event


def moved(
    participation_id: UUID,
    event_id: UUID,
    customer_id: UUID,
    stage: str,
    previous: str | None,
    organisation_id: UUID | None = None,
) -> list[Event]:
    """A participant reaches a stage; who is there already, moves nowhere."""
    if previous == stage:
        return []
    return [
        ParticipantMoved(
            participation_id=participation_id,
            event_id=event_id,
            customer_id=customer_id,
            stage=stage,
            previous_stage=previous,
            organisation_id=organisation_id,
        )
    ]
