"""The action that completes tasks whose reason is gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from events.contracts.automation import TaskCompletionRequested
from events.event import Event
from pydantic import Field

from automation.actions.asking import Subject, asked, lacking
from automation.actions.effect import Effect, Firing, Known, Timed
from automation.parts import Slug
from automation.tasks.domain import TaskKind, TaskResult


class CompleteTask(Timed):
    """Completes the open tasks about the trigger's customer, lead or deal that were made before: those of ``kinds``
    (none: of all), made by ``rules`` (none: by anybody).
    """

    do: Literal["complete_task"]
    of: Subject = "lead"
    kinds: tuple[TaskKind, ...] = ()
    rules: tuple[Slug, ...] = Field((), max_length=50)
    result: TaskResult = "not_needed"

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A trigger without such a subject."""
        yield from lacking(event, self.of)

    def effect(self, firing: Firing) -> Effect:
        """The request; tasks answers it."""
        subject_id = firing.subject(f"{self.of}_id")
        if subject_id is None:
            return firing.suppressed(f"no_{self.of}")
        return asked(
            firing,
            TaskCompletionRequested(
                request_id=firing.effect_id,
                result=self.result,
                kinds=self.kinds,
                rules=self.rules,
                **{f"{self.of}_id": subject_id},
                cause=firing.cause,
            ),
        )
