"""Settings of the automation service: everybody's, and how letters are sent."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from events.settings import Settings
from pydantic import Field, SecretStr, field_validator, model_validator

from automation.parts import Language
from automation.rules.file import SHIPPED


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

    business_timezone: str = Field(
        "Europe/Moscow", description="Time zone of the business (IANA), for hours of rules and quiet hours."
    )

    @field_validator("business_timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("is not a time zone of the IANA database") from None
        return name

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
