"""What the demo sends is accepted by the channels as if the providers had sent it."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from embedded.process import free_port
from events.webhooks import RawRequest, Source, Unverified
from leads import normalise
from leads.channels import CHANNELS, Inquiry
from voronka import samples
from voronka.client import Api, Unreachable
from voronka.samples import Delivery, Person

AT = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
PERSON = Person("Анна Ким", "8 (912) 345-67-89", "anna@example.com", 700_000_001)

BUILDERS: dict[str, Callable[[str], Delivery]] = {
    "web_form": lambda secret: samples.web_form(PERSON, "r-1", key=secret, utm={"utm_source": "yandex"}),
    "tilda": lambda secret: samples.tilda(PERSON, "1:2", secret=secret, utm={"utm_source": "yandex"}),
    "telegram": lambda secret: samples.telegram(PERSON, 17, secret=secret, at=AT, with_phone=True),
    "google_ads": lambda secret: samples.google_ads(PERSON, "lead-1", key=secret, click_id="c-1"),
    "mango": lambda secret: samples.mango(PERSON, "entry-1", api_key="api", salt=secret, at=AT),
    "mailgun": lambda secret: samples.mailgun(PERSON, "letter-1", signing_key=secret, at=AT),
}
IDS = {
    "web_form": "r-1",
    "tilda": "1:2",
    "telegram": "17",
    "google_ads": "lead-1",
    "mango": "entry-1",
    "mailgun": "<letter-1@example.com>",
}


def received(channel: str, sent: Delivery) -> RawRequest:
    path = f"/in/{channel}/main{sent.suffix}"
    url = f"https://crm.example{path}{'?' + sent.query if sent.query else ''}"
    return RawRequest(UUID(int=1), AT, channel, "main", sent.method, url, tuple(sent.headers.items()), sent.body)


def understood(channel: str) -> Inquiry:
    source = Source(channel, "main", ("secret",), options={"api_key": "api"})
    request = received(channel, BUILDERS[channel]("secret"))
    assert CHANNELS[channel].handshake(request, source) is None
    CHANNELS[channel].verify(request, source)
    [inquiry] = [found for found in CHANNELS[channel].parse(request, source) if isinstance(found, Inquiry)]
    return inquiry


@pytest.mark.parametrize("channel", BUILDERS)
def test_a_sample_is_captured_with_its_id(channel: str) -> None:
    assert understood(channel).provider_id == IDS[channel]


@pytest.mark.parametrize("channel", BUILDERS)
def test_a_sample_signed_with_a_false_secret_is_refused(channel: str) -> None:
    with pytest.raises(Unverified):
        CHANNELS[channel].verify(
            received(channel, BUILDERS[channel]("false")),
            Source(channel, "main", ("secret",), options={"api_key": "api"}),
        )


def test_one_person_is_recognised_in_all_channels_by_phone_or_email() -> None:
    for channel in BUILDERS:
        inquiry = understood(channel)
        phones = {normalise.phone(phone) for phone in inquiry.phones}
        emails = {normalise.email(email) for email in inquiry.emails}
        assert phones <= {"+79123456789"}, channel
        assert emails <= {"anna@example.com"}, channel
        assert phones or emails, channel


async def test_a_delivery_that_nobody_takes_is_told_as_any_call_is() -> None:
    sample = samples.web_form(PERSON, "r-1", key="secret", utm={})
    async with Api(f"http://127.0.0.1:{free_port()}", "", attempts=1) as nobody:
        with pytest.raises(Unreachable):
            await nobody.deliver("web_form", "demo", sample)
