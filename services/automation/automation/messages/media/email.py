"""Letters to the newest valid address of a customer; the protocol is in ``smtp.py``."""

from __future__ import annotations

from dataclasses import dataclass
from email.headerregistry import Address

from automation.messages.media import MediumName
from automation.messages.media.port import Contact, Parcel, Refused
from automation.messages.smtp import Server, address, compose


@dataclass(frozen=True)
class Email:
    """Letters by one SMTP server. ``sender`` is the address; a rule may give another name to it."""

    server: Server
    sender: Address
    name: MediumName = "email"
    takes_letters: bool = True
    delivery_source: None = None
    knows_repeats: bool = True

    def address(self, contact: Contact) -> str | None:
        """The first address that can be written to. Raises :class:`Refused` where none can."""
        valid = next(filter(None, map(address, contact.emails)), None)
        if contact.emails and valid is None:
            raise Refused("invalid_address")
        return valid.addr_spec if valid else None

    async def send(self, parcel: Parcel) -> str | None:
        """None: letters are known by their ``Message-ID``, which is ours."""
        if parcel.said.body is None:
            raise Refused("no_text")
        name = parcel.sender or self.sender.display_name
        sender = Address(name, self.sender.username, self.sender.domain)
        await self.server.send(compose(parcel, sender, Address(addr_spec=parcel.to)))
        return None
