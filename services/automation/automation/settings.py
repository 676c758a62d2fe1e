"""Settings of the automation service: everybody's, and how letters are sent."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from events.settings import Key32, Settings, Strings
from pydantic import Field, SecretStr, field_validator, model_validator

from automation.parts import Language
from automation.rules.file import SHIPPED

_HOUR = r"^([01]\d|2[0-3]):[0-5]\d$"
_ADDRESS = r"^https?://\S+[^/]$"


class AutomationSettings(Settings):
    """What the automation service is configured by."""

    rules_file: Path = Field(SHIPPED, description="YAML file of the rules; empty: those shipped.")
    templates_dir: Path | None = Field(None, description="Folder of letter templates; empty: those shipped.")
    language: Language = Field("ru", description="Language of letters and of the titles of tasks: ru or en.")
    company: str = Field("", max_length=200, description="Name of the company, as letters tell it.")

    smtp_host: str = Field("127.0.0.1", description="Host of the SMTP server that takes letters for sending.")
    smtp_port: int = Field(25, ge=1, le=65535, description="Its port: 587 for starttls, 465 for tls.")
    smtp_security: Literal["none", "starttls", "tls"] = Field("none", description="How the connection is encrypted.")
    smtp_username: str | None = Field(None, description="User at the SMTP server.")
    smtp_password: SecretStr | None = Field(None, description="Password at the SMTP server.")
    smtp_sender: str = Field("voronka@localhost", description="Sender of letters: an address, or `Name <address>`.")
    smtp_timeout_seconds: float = Field(30, gt=0, le=45, description="Seconds that sending one letter may take.")

    webhook_key: Key32 | None = Field(
        None, description="Key that seals the secrets of webhooks: 32 bytes, base64; empty: there are no webhooks."
    )
    outgoing_private_hosts: Strings = Field(
        frozenset(),
        description="Hosts in private networks that webhooks may be sent to, comma separated; `*` all.",
    )

    business_timezone: str = Field(
        "Europe/Moscow", description="Time zone of the business (IANA), for hours of rules and quiet hours."
    )
    quiet_from: str = Field("21:00", pattern=_HOUR, description="From when customers are not to be disturbed, HH:MM.")
    quiet_to: str = Field("09:00", pattern=_HOUR, description="Until when; the same as quiet_from: no quiet hours.")
    messages_a_day: int = Field(
        5, ge=0, le=1_000, description="Messages to one customer in 24 hours, urgent ones apart; 0: any number."
    )
    email_per_second: float = Field(10, ge=0, description="Letters given to the SMTP server in a second; 0: no limit.")
    sms_per_second: float = Field(10, ge=0, description="SMS given to their provider in a second; 0: no limit.")
    telegram_per_second: float = Field(25, ge=0, description="Messages of the bot in a second; Telegram takes 30.")
    whatsapp_per_second: float = Field(50, ge=0, description="Messages by WhatsApp in a second; WhatsApp takes 80.")
    track_messages: bool = Field(
        True, description="Tell when letters are opened and links followed (needs public_url and link_keys)."
    )

    imap_host: str | None = Field(
        None, description="Mail server (IMAP) of the sender's mailbox, where bounces and answers come; empty: none."
    )
    imap_port: int = Field(993, ge=1, le=65535, description="Its port: 993 for tls, 143 for starttls.")
    imap_security: Literal["none", "starttls", "tls"] = Field("tls", description="How the connection is encrypted.")
    imap_username: str | None = Field(None, description="User of the mailbox.")
    imap_password: SecretStr | None = Field(None, description="Password of the mailbox.")
    imap_folder: str = Field("INBOX", min_length=1, max_length=200, description="Folder where they come.")
    imap_every_seconds: float = Field(60, ge=1, le=3600, description="Seconds between looks into the mailbox.")

    sms_provider_file: Path | None = Field(None, description="YAML file that says how the provider of SMS is called.")
    sms_secret: SecretStr | None = Field(None, description="Secret at the provider of SMS, `{secret}` in that file.")
    telegram_token: SecretStr | None = Field(None, description="Token of the Telegram bot that writes to customers.")
    telegram_url: str = Field("https://api.telegram.org", pattern=_ADDRESS, description="Address of the Bot API.")
    whatsapp_token: SecretStr | None = Field(None, description="Access token of the WhatsApp Cloud API.")
    whatsapp_number_id: str | None = Field(None, pattern=r"^\d{5,30}$", description="Id of the number that writes.")
    whatsapp_source: str = Field("main", description="Source in leads that hears of this number's messages.")
    whatsapp_url: str = Field(
        "https://graph.facebook.com/v23.0", pattern=_ADDRESS, description="Address of the Cloud API, with its version."
    )

    @field_validator("business_timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("is not a time zone of the IANA database") from None
        return name

    @model_validator(mode="after")
    def _mailbox_is_whole(self) -> Self:
        if self.imap_host and not (self.imap_username and self.imap_password):
            raise ValueError("VORONKA_IMAP_HOST needs VORONKA_IMAP_USERNAME and VORONKA_IMAP_PASSWORD")
        if self.imap_host and self.imap_security == "none" and not _on_this_machine(self.imap_host):
            raise ValueError("VORONKA_IMAP_SECURITY must be starttls or tls: the password would travel in the clear")
        return self

    @model_validator(mode="after")
    def _whatsapp_is_whole(self) -> Self:
        if (self.whatsapp_token is None) != (self.whatsapp_number_id is None):
            raise ValueError("VORONKA_WHATSAPP_TOKEN and VORONKA_WHATSAPP_NUMBER_ID go together")
        return self

    @field_validator("smtp_sender")
    @classmethod
    def _one_address(cls, value: str) -> str:
        _mailbox(value)
        return value

    @model_validator(mode="after")
    def _password_is_safe(self) -> Self:
        if (self.smtp_username is None) != (self.smtp_password is None):
            raise ValueError("VORONKA_SMTP_USERNAME and VORONKA_SMTP_PASSWORD go together")
        if self.smtp_password and self.smtp_security == "none" and not _on_this_machine(self.smtp_host):
            raise ValueError("VORONKA_SMTP_SECURITY must be starttls or tls: the password would travel in the clear")
        return self

    @property
    def sender(self) -> Address:
        """The sender as name and address."""
        return _mailbox(self.smtp_sender)


def _mailbox(text: str) -> Address:
    """The one address of a From header (RFC 5322, 3.4), parsed by the rules for headers."""
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = text
        header = message["From"]
        (address,) = header.addresses
    except ValueError:
        address = None
    if address is None or header.defects or not (address.username and address.domain and address.addr_spec.isascii()):
        raise ValueError("must be an e-mail address in ASCII, or `Name <address>`")
    return Address(address.display_name, address.username, address.domain)


def _on_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
