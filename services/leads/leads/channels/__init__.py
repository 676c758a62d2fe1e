"""The channels by which inquiries come: one module each, pure parsing and verification.

To add a channel: write a module with a class that inherits `Channel`, name it in `CHANNELS`, add golden requests to
its tests.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from leads.channels.amocrm import AmoCrmAccount
from leads.channels.asterisk import AsteriskCalls
from leads.channels.avito import Avito
from leads.channels.base import CallSign, Channel, Fact, Inquiry, Kind, View
from leads.channels.behaviour import Behaviour
from leads.channels.bitrix24 import Bitrix24Portal
from leads.channels.callback import CallBack
from leads.channels.generic import Generic
from leads.channels.google_ads import GoogleAds
from leads.channels.imap import Mailbox
from leads.channels.mailgun import Mailgun
from leads.channels.mango import Mango
from leads.channels.meta import Meta
from leads.channels.sendgrid import SendGrid
from leads.channels.site_chat import SiteChat
from leads.channels.telegram import Telegram
from leads.channels.tilda import Tilda
from leads.channels.twilio import Twilio
from leads.channels.uis import Uis
from leads.channels.vk import Vk
from leads.channels.web_form import WebForm
from leads.channels.whatsapp import WhatsApp

__all__ = ["CHANNELS", "CallSign", "Channel", "Fact", "Inquiry", "Kind", "View"]

_ALL: Final[tuple[Channel, ...]] = (
    *(WebForm(), Tilda(), GoogleAds(), Meta(), Generic()),
    *(Telegram(), WhatsApp(), Vk(), Avito()),
    *(Mango(), Uis(), Twilio()),
    *(Mailgun(), SendGrid(), Mailbox()),
    *(SiteChat(), CallBack(), AsteriskCalls()),
    *(AmoCrmAccount(), Bitrix24Portal()),
    Behaviour(),
)

CHANNELS: Final[Mapping[str, Channel]] = MappingProxyType({channel.name: channel for channel in _ALL})
