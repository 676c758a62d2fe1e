"""Who may deliver: signatures over raw bytes, two live secrets while one is replaced, and nothing without a secret."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from events.webhooks import Source, Unverified
from golden_requests import RECEIVED_AT, Case, cases, received
from leads.channels import CHANNELS
from leads.channels.pulled import is_pulled

CAPTURED = [
    case
    for case in cases()
    if case.expected.keys() & {"inquiries", "references"}
    and not is_pulled(case.request)
    and case.source.name != "sendgrid_signed"
]
ONE_PER_CHANNEL = list({case.source.channel: case for case in CAPTURED}.values())
EACH = pytest.mark.parametrize("case", ONE_PER_CHANNEL, ids=lambda case: case.source.channel)


def _live(case: Case) -> str:
    """The secret with which the recorded request was signed."""
    for secret in case.source.secrets:
        try:
            case.channel.verify(case.request, replace(case.source, secrets=(secret,)))
        except Unverified:
            continue
        return secret
    raise AssertionError(case.path)


@EACH
@pytest.mark.parametrize("order", [("live", "other"), ("other", "live")])
def test_a_request_passes_by_either_of_two_live_secrets(case: Case, order: tuple[str, str]) -> None:
    secrets = tuple(_live(case) if name == "live" else "another-secret" for name in order)

    case.channel.verify(case.request, replace(case.source, secrets=secrets))


@EACH
def test_a_retired_secret_is_refused(case: Case) -> None:
    with pytest.raises(Unverified):
        case.channel.verify(case.request, replace(case.source, secrets=("another-secret",)))


@EACH
def test_a_source_without_any_secret_refuses_everything(case: Case) -> None:
    options = {key: value for key, value in case.source.options.items() if key != "origins"}
    with pytest.raises(Unverified):
        case.channel.verify(case.request, replace(case.source, secrets=(), options=options))


@pytest.mark.parametrize("channel", ["meta", "whatsapp", "twilio", "generic", "mango"])
def test_one_changed_byte_of_a_signed_body_is_refused(channel: str) -> None:
    case = next(case for case in ONE_PER_CHANNEL if case.source.channel == channel)
    for place in range(0, len(case.request.body), 7):
        body = bytearray(case.request.body)
        body[place] ^= 1
        with pytest.raises(Unverified):
            case.channel.verify(replace(case.request, body=bytes(body)), case.source)


def test_twilio_s_own_example_is_accepted() -> None:
    """The example of Twilio's page "Security: validating requests" and of its helper libraries."""
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    body = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
    headers = (
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-twilio-signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    )
    request = received(url, headers, body)

    CHANNELS["twilio"].verify(request, Source("twilio", "main", ("12345",)))


def test_a_signed_letter_is_refused_a_day_later_but_not_an_hour_later() -> None:
    case = next(case for case in CAPTURED if (case.source.channel, case.path.stem) == ("mailgun", "letter"))

    case.channel.verify(replace(case.request, received_at=RECEIVED_AT + timedelta(hours=9)), case.source)
    with pytest.raises(Unverified, match="too far from now"):
        case.channel.verify(replace(case.request, received_at=RECEIVED_AT + timedelta(hours=25)), case.source)


def test_a_web_form_needs_a_key_or_allowed_origins() -> None:
    request = received(headers=(("origin", "https://shop.ru"),), body=b"{}")
    form = CHANNELS["web_form"]

    form.verify(request, Source("web_form", "main", (), options={"origins": "https://shop.ru"}))
    with pytest.raises(Unverified):
        form.verify(request, Source("web_form", "main", ()))
    with pytest.raises(Unverified):
        form.verify(request, Source("web_form", "main", (), options={"origins": "https://other.ru"}))


def test_the_events_of_sendgrids_own_example_are_proved_by_its_key() -> None:
    """Key, signature and body of the test of SendGrid's library for Python."""
    key = (
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eN"
        "Ec6wEA3F+g=="
    )
    signature = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
    body = (
        b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",'
        b'"sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",'
        b'"sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",'
        b'"smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n'
    )
    names = [f"x-twilio-email-event-webhook-{name}" for name in ("signature", "timestamp")]
    headers = (("content-type", "application/json"), (names[0], signature), (names[1], "1600112502"))
    request = received(headers=headers, body=body, at=datetime(2020, 9, 14, 20, 0, tzinfo=UTC))
    source = Source("sendgrid", "letters", (), options={"public_key": key})

    CHANNELS["sendgrid"].verify(request, source)
    (told,) = CHANNELS["sendgrid"].parse(request, source)
    assert (told.state, told.message) == ("failed", "LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net")
    with pytest.raises(Unverified):
        CHANNELS["sendgrid"].verify(replace(request, body=body.replace(b"dropped", b"opened!")), source)
