"""The action that writes to the customer by the first medium that reaches him."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from automation.actions.writing import Writes
from automation.messages.media import MediumName


class SendMessage(Writes):
    """Writes to the customer from a template. ``media`` stand in order of preference; one that cannot reach him is
    passed over.
    """

    do: Literal["send_message"]
    media: tuple[MediumName, ...] = Field(min_length=1, max_length=4)

    @field_validator("media")
    @classmethod
    def _each_once(cls, media: tuple[MediumName, ...]) -> tuple[MediumName, ...]:
        if len(set(media)) != len(media):
            raise ValueError("names a medium twice")
        return media

    def ways(self) -> tuple[MediumName, ...]:
        """As the rule names them."""
        return self.media
