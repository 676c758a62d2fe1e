"""Letters by SMTP (RFC 5321): a message that cannot be bent by what is in it, and errors told apart.

Permanent is only what the server says of this recipient or this letter with a 5xx code. Whatever is about ourselves
(login, sender, TLS) or about the moment (4xx, no connection, time out) is worth another try, so it is left as it is.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Literal

import aiosmtplib
from email_validator import EmailNotValidError, validate_email
from events import tracing

from automation.messages.html import page
from automation.messages.media.port import Parcel, Refused

PERMANENT = 500


@dataclass(frozen=True)
class Server:
    """Where letters are handed in, and as whom."""

    host: str
    port: int
    security: Literal["none", "starttls", "tls"]
    username: str | None
    password: str | None
    timeout_seconds: float

    async def send(self, message: EmailMessage) -> None:
        """Returns when the server has taken the letter. Raises :class:`Refused`, or what may pass as it came."""
        try:
            with tracing.span("call SMTP", kind="client", attributes={"server.address": self.host}):
                await self._send(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(recipient.code >= PERMANENT for recipient in error.recipients):
                raise Refused("recipient_refused") from None
            raise
        except aiosmtplib.SMTPDataError as error:
            if error.code >= PERMANENT:
                raise Refused("content_refused") from None
            raise

    async def _send(self, message: EmailMessage) -> None:
        async with asyncio.timeout(self.timeout_seconds):
            await aiosmtplib.send(
                message,
                hostname=self.host,
                port=self.port,
                username=self.username,
                password=self.password,
                use_tls=self.security == "tls",
                start_tls=self.security == "starttls",
                timeout=self.timeout_seconds,
            )


def address(text: str) -> Address | None:
    """A recipient's address that can stand in a header and in a command, or None. Outside ASCII: the domain only."""
    try:
        spec = validate_email(text, check_deliverability=False).ascii_email
        return Address(addr_spec=spec) if spec else None
    except (EmailNotValidError, ValueError, IndexError):
        return None


def compose(parcel: Parcel, sender: Address, recipient: Address) -> EmailMessage:
    """The message. The same arguments give the same bytes, so that a repeat can be recognised by its ``Message-ID``.

    Headers: RFC 5322; ``Date`` is when the letter was decided, not when it was handed over (3.6.1); ``Auto-Submitted``
    keeps holiday answers away (RFC 3834); ``List-Unsubscribe`` by RFC 2369, with one click by RFC 8058 over https. A
    letter whose opening is to be told has its text as HTML too. A line break in a header value raises ValueError.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = parcel.said.subject
    message["Date"] = parcel.written_at
    message["Message-ID"] = f"<{parcel.message_id}@{sender.domain}>"
    message["X-Voronka-Message"] = str(parcel.message_id)
    message["Auto-Submitted"] = "auto-generated"
    if parcel.unsubscribe:
        message["List-Unsubscribe"] = f"<{parcel.unsubscribe}>"
        if parcel.unsubscribe.startswith("https:"):
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    body = parcel.said.body or ""
    message.set_content(body, cte="base64")
    if parcel.pixel:
        message.add_alternative(page(body, parcel.pixel), subtype="html", cte="base64")
        message.set_boundary(f"voronka-{parcel.message_id}")
    return message
