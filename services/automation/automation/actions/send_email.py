"""The action that writes a letter to the customer."""

from __future__ import annotations

from typing import Literal

from automation.actions.writing import Writes
from automation.messages.media import MediumName


class SendEmail(Writes):
    """Writes a letter to the customer from a template."""

    do: Literal["send_email"]

    def ways(self) -> tuple[MediumName, ...]:
        """E-mail."""
        return ("email",)
