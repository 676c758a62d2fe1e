"""What rules can do: one file for each action. A new one is a file and a name in this list."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from automation.actions.add_note import AddNote
from automation.actions.blacklist import Blacklist
from automation.actions.call_webhook import CallWebhook
from automation.actions.change_field import ChangeField
from automation.actions.change_products import ChangeProducts
from automation.actions.change_responsible import ChangeResponsible
from automation.actions.change_stage import ChangeStage
from automation.actions.close_deal import CloseDeal
from automation.actions.complete_task import CompleteTask
from automation.actions.create_task import CreateTask
from automation.actions.edit_tags import EditTags
from automation.actions.issue_invoice import IssueInvoice
from automation.actions.judge_lead import JudgeLead
from automation.actions.make_document import MakeDocument
from automation.actions.notify_staff import NotifyStaff
from automation.actions.open_deal import OpenDeal
from automation.actions.plan_contact import PlanContact
from automation.actions.send_email import SendEmail
from automation.actions.send_message import SendMessage
from automation.actions.send_questionnaire import SendQuestionnaire
from automation.actions.start_sequence import StartSequence, StopSequence

Action = Annotated[
    AddNote
    | Blacklist
    | CallWebhook
    | ChangeField
    | ChangeProducts
    | ChangeResponsible
    | ChangeStage
    | CloseDeal
    | CompleteTask
    | CreateTask
    | EditTags
    | IssueInvoice
    | JudgeLead
    | MakeDocument
    | NotifyStaff
    | OpenDeal
    | PlanContact
    | SendEmail
    | SendMessage
    | SendQuestionnaire
    | StartSequence
    | StopSequence,
    Field(discriminator="do"),
]
