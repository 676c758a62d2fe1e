"""What rules can do: one file for each action. A new one is a file and a name in this list."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from automation.actions.create_task import CreateTask
from automation.actions.send_email import SendEmail
from automation.actions.send_message import SendMessage

Action = Annotated[CreateTask | SendEmail | SendMessage, Field(discriminator="do")]
