"""The channels by which inquiries come: one module each, pure parsing and verification.

To add a channel: write a module with a class that inherits `Channel`, name it in `CHANNELS`, add golden requests to
its tests.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from leads.channels.base import (
    Channel,
    ChannelError,
    Ignored,
    Inquiry,
    Kind,
    Reply,
    Request,
    Source,
    Unreadable,
    Unverified,
)
from leads.channels.google_ads import GoogleAds
from leads.channels.mailgun import Mailgun
from leads.channels.mango import Mango
from leads.channels.telegram import Telegram
from leads.channels.tilda import Tilda
from leads.channels.web_form import WebForm

__all__ = [
    "CHANNELS",
    "Channel",
    "ChannelError",
    "Ignored",
    "Inquiry",
    "Kind",
    "Reply",
    "Request",
    "Source",
    "Unreadable",
    "Unverified",
]

CHANNELS: Final[Mapping[str, Channel]] = MappingProxyType(
    {channel.name: channel for channel in (WebForm(), Tilda(), Telegram(), GoogleAds(), Mango(), Mailgun())}
)
