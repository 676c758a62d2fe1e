"""What the automation service says, a module per subject."""

from events.contracts.automation.cause import Cause
from events.contracts.automation.clock import DateReached, DayOff, ScheduleReached, WorkingCalendarSetUp
from events.contracts.automation.messages import (
    MessageBounced,
    MessageClicked,
    MessageDelivered,
    MessageFailed,
    MessageOpened,
    MessageReplied,
    MessageRequested,
    MessageSent,
    MessageTemplateRetired,
    MessageTemplateSaved,
    MessageText,
    MessageUnsubscribed,
)
from events.contracts.automation.requests import DealStageChangeRequested
from events.contracts.automation.rules import RuleDisabled, RuleEnabled, RuleSaved, RuleSuppressed
from events.contracts.automation.tasks import (
    TaskAssigned,
    TaskCommented,
    TaskCompleted,
    TaskCreated,
    TaskOverdue,
    TaskPrioritised,
    TaskPriority,
    TaskReminded,
    TaskRescheduled,
)

__all__ = [
    "Cause",
    "DateReached",
    "DayOff",
    "DealStageChangeRequested",
    "MessageBounced",
    "MessageClicked",
    "MessageDelivered",
    "MessageFailed",
    "MessageOpened",
    "MessageReplied",
    "MessageRequested",
    "MessageSent",
    "MessageTemplateRetired",
    "MessageTemplateSaved",
    "MessageText",
    "MessageUnsubscribed",
    "RuleDisabled",
    "RuleEnabled",
    "RuleSaved",
    "RuleSuppressed",
    "ScheduleReached",
    "TaskAssigned",
    "TaskCommented",
    "TaskCompleted",
    "TaskCreated",
    "TaskOverdue",
    "TaskPrioritised",
    "TaskPriority",
    "TaskReminded",
    "TaskRescheduled",
    "WorkingCalendarSetUp",
]
