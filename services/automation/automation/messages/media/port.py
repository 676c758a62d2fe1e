"""The port that media stand behind: who can be reached, and the handing over of one message to a provider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from automation.messages.media import MediumName
from automation.messages.wording import Said


class Refused(Exception):
    """This message will never be taken; ``reason`` is a code without personal data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Contact:
    """How a customer can be reached, opened; in each list the one to be used first stands first.

    ``phones`` are E.164, ``messengers`` are ``messenger:handle``.
    """

    name: str | None
    emails: Sequence[str] = ()
    phones: Sequence[str] = ()
    messengers: Sequence[str] = ()

    def handles(self, messenger: str) -> list[str]:
        """The handles in one messenger."""
        pairs = [entry.partition(":") for entry in self.messengers]
        return [handle for kind, _, handle in pairs if kind == messenger]


@dataclass(frozen=True)
class Parcel:
    """One message to one address. The same message is always the same parcel, however often it is handed over."""

    message_id: UUID
    to: str
    said: Said
    written_at: datetime
    language: str
    sender: str | None = None
    unsubscribe: str | None = None
    pixel: str | None = None


class Medium(Protocol):
    """A provider's way to take a message."""

    @property
    def name(self) -> MediumName:
        """Its name in rules."""

    @property
    def takes_letters(self) -> bool:
        """Does it take letters? If not, short messages."""

    @property
    def delivery_source(self) -> tuple[str, str] | None:
        """Way in and source by which leads is told what became of messages, where they are named by the provider."""

    @property
    def knows_repeats(self) -> bool:
        """Is a message that is handed over twice known as one, by the provider or by the mailbox?"""

    def address(self, contact: Contact) -> str | None:
        """Where to send to; None where the customer has no such address. Raises :class:`Refused` for one that cannot
        be.
        """

    async def send(self, parcel: Parcel) -> str | None:
        """The provider's id of the message once it has taken it; None where it gives none.

        Raises :class:`Refused` for a message that will never be taken, and ``Retry`` for what may pass. Of a provider
        that knows no repeats anything else means that it may have taken the message: ``Unanswered``, or an error.
        """
