"""What may be set of a source of each channel: one model a channel, whose faults are told field by field.

A `SecretStr` is write-only: stored sealed, never shown. Channels read options as plain text (`Options.flat`), the form
in which the file of sources writes them too: lists with spaces between, a mapping as `field.phone` or `map.phones`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Final

from pydantic import Field, SecretStr, StringConstraints, ValidationError

from leads.channels.base import Kind
from leads.channels.form import MESSENGERS, SLOTS
from leads.channels.option_types import (
    Address,
    Codes,
    Every,
    Expression,
    HiddenAddress,
    Host,
    Id,
    Name,
    Options,
    Origin,
    Text,
    Zone,
    slots,
)

MAPPED_BY_EXPRESSION: Final = (
    *("id", "name", "phones", "emails", "text", "occurred_at", "referrer", "landing_page", "wanted_call_at", "is_test"),
    *MESSENGERS,
)


class FormOptions(Options):
    """Fields of the owner's choosing."""

    timezone: Zone | None = None
    mapping: Annotated[dict[str, Text], slots((*SLOTS, *MESSENGERS))] = Field(
        {}, description="By part of an inquiry: the name of the form's field.", examples=[{"phone": "Ваш номер"}]
    )


class BrowserOptions(FormOptions):
    """What a page's script or the browser itself posts."""

    origins: tuple[Origin, ...] = Field((), max_length=50, description="Sites that may post (CORS); empty: any.")
    honeypot: Name | None = Field(None, description="Name of the field that people do not see; `_gotcha` if empty.")
    redirect: Address | None = Field(None, description="Page shown after a post without script.")


class GenericOptions(Options):
    """Where each part of an inquiry stands in the JSON, by JMESPath."""

    prefix: ClassVar[str] = "map"

    mapping: Annotated[dict[str, Expression], slots(MAPPED_BY_EXPRESSION)] = Field(
        description="By part of an inquiry: a JMESPath expression; `id` is needed.",
        examples=[{"id": "uuid", "phones": "contact.phones[].number"}],
    )
    items: Expression | None = Field(None, description="Where the list stands, if a request holds several inquiries.")
    kind: Kind | None = None
    timezone: Zone | None = None
    signature_header: Name | None = Field(None, description="Header with the hex HMAC-SHA256 of the body.")


class HubOptions(Options):
    """Meta's handshake."""

    verify_token: SecretStr = Field(description="Given to Meta too; two with a space between while it is replaced.")


class MetaOptions(HubOptions):
    """Lead Ads: the notice holds ids, the lead is fetched with a token of the page."""

    access_token: SecretStr | None = Field(None, description="Page token with leads_retrieval; without it leads wait.")
    forms: tuple[Id, ...] = Field((), max_length=500, description="Forms that are looked through for missed leads.")
    backfill_days: int = Field(7, ge=0, le=90, description="How far the first look goes back; Meta keeps 90 days.")
    every_seconds: Every = 900
    graph_version: str = Field("v23.0", pattern=r"^v\d{1,3}\.\d$")
    api_url: Address = "https://graph.facebook.com"


class VkOptions(Options):
    """A community's Callback API, and its lead forms by leadForms.getLeads."""

    confirmation: SecretStr
    group_id: Id
    access_token: SecretStr | None = Field(None, description="Token with the right `lead_forms`, for missed leads.")
    forms: tuple[Id, ...] = Field((), max_length=500, description="Forms that are looked through for missed leads.")
    every_seconds: Every = 900
    api_version: str = Field("5.199", pattern=r"^5\.\d{1,3}$")
    api_url: Address = "https://api.vk.com"


class AvitoOptions(Options):
    """Messages come by webhook; calls are fetched with the account's client id and secret."""

    client_id: Name | None = None
    client_secret: SecretStr | None = None
    every_seconds: Every = 120
    api_url: Address = "https://api.avito.ru"


class MangoOptions(Options):
    """The exchange."""

    api_key: SecretStr = Field(description="`vpbx_api_key`; two with a space between while it is replaced.")
    api_url: Address = Field("https://app.mango-office.ru/vpbx", description="Where calls are asked for.")
    line_number: Name | None = Field(None, description="Shown to customers who are called; empty: the exchange's.")


class UisOptions(Options):
    """Notifications of a template of one's own."""

    inbound_only: bool = False
    timezone: Zone | None = None
    api_url: Address = Field("https://callapi.uiscom.ru/v4.0", description="Where calls are asked for.")
    api_token: SecretStr | None = Field(None, description="Access key of the Call API; without it no click-to-call.")
    virtual_phone_number: Name | None = Field(None, description="Number that customers who are called see.")


class TwilioOptions(Options):
    """The answer to a call, and how calls are asked for."""

    account_sid: Name | None = Field(None, description="For click-to-call.")
    caller_id: Name | None = Field(None, description="Number of the account that people who are called see.")
    api_url: Address = "https://api.twilio.com"

    twiml: Text | None = Field(None, examples=["<Response><Dial>+74951234567</Dial></Response>"])


class SendGridOptions(Options):
    """Signed letters."""

    public_key: Text | None = Field(None, description="Base64 DER; two with a space between while it is replaced.")


class ImapOptions(Options):
    """A mailbox that is read."""

    host: Host
    port: int = Field(993, ge=1, le=65535)
    tls: bool = Field(True, description="From the first byte. False only for a server on the same machine or network.")
    starttls: bool = Field(False, description="Begin in the clear, change to TLS, log in then; mostly on port 143.")
    user: Name
    password: SecretStr
    folder: Text = "INBOX"
    since: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")] | None = Field(
        None, description="The first look takes letters from this day on; empty: only what comes after it."
    )
    mark_seen: bool = Field(False, description="Mark letters as read once they are stored.")
    every_seconds: Every = 30


class AsteriskOptions(Options):
    """The manager interface of an exchange."""

    host: Host
    port: int = Field(5038, ge=1, le=65535)
    user: Name
    password: SecretStr = Field(description="`secret` of manager.conf.")
    trunks: tuple[Name, ...] = Field((), description="How channels of inbound calls begin, like PJSIP/mango.")
    contexts: tuple[Name, ...] = Field(
        ("from-trunk", "from-pstn", "from-external"), description="Dial plan contexts of inbound calls."
    )
    timezone: Zone | None = None


class MovedOptions(Options):
    """What another CRM knows by its ids, in our codes; `-` stands for left out. `GET …/history/preview` names the ids.

    With pipelines the whole history of every deal is taken over; a deal that names something else waits in quarantine.
    """

    history: bool = Field(False, description="Fetch all contacts, companies, leads and deals, and what changes later.")
    pipelines: Codes = Field({}, max_length=200, description="By id there: our code.", examples=[{"31": "sales"}])
    stages: Codes = Field({}, max_length=2000, description="By id there: our code in that pipeline.")
    users: Codes = Field({}, max_length=2000, description="By id there: the id of our manager; `-`: nobody.")
    reasons: Codes = Field({}, max_length=500, description="By id there: our code of why a deal was lost.")


class AmoCrmOptions(MovedOptions):
    """An amoCRM account that is moved off, or lives on beside us. Stages are `<pipeline>/<status>`; reason 0: none."""

    account_url: Address = Field(examples=["https://company.amocrm.ru"])
    access_token: SecretStr | None = Field(None, description="Long-lived token of an integration of one's own.")


class Bitrix24Options(MovedOptions):
    """A Bitrix24 portal that is moved off, or lives on beside us. Reasons are ids of the stages of lost deals."""

    webhook_url: HiddenAddress = Field(description="Inbound webhook, https://portal.bitrix24.ru/rest/1/<code>.")


OPTIONS: Final[Mapping[str, type[Options]]] = MappingProxyType(
    {
        "web_form": BrowserOptions,
        "site_chat": BrowserOptions,
        "callback": BrowserOptions,
        "behaviour": BrowserOptions,
        "tilda": FormOptions,
        "generic": GenericOptions,
        "meta": MetaOptions,
        "whatsapp": HubOptions,
        "vk": VkOptions,
        "avito": AvitoOptions,
        "mango": MangoOptions,
        "uis": UisOptions,
        "twilio": TwilioOptions,
        "sendgrid": SendGridOptions,
        "imap": ImapOptions,
        "asterisk": AsteriskOptions,
        "amocrm": AmoCrmOptions,
        "bitrix24": Bitrix24Options,
    }
)


def options_of(channel: str) -> type[Options]:
    """The model of a channel's options."""
    return OPTIONS.get(channel, Options)


def faults_of(channel: str, flat: Mapping[str, str]) -> list[str]:
    """What is wrong with the options of an entry in the file of sources, without values."""
    try:
        options_of(channel).of_flat(flat)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        return [f"{'.'.join(map(str, fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}" for fault in found]
    return []
