"""Letters: what a person wrote is found, machines are not answered, and no letter takes long to read."""

from contextlib import suppress
from datetime import timedelta

import pytest
from events.webhooks import Ignored, Source, Unreadable
from golden_requests import RECEIVED_AT, received
from leads.channels import CHANNELS, Inquiry
from leads.channels.letter import read_letter, text_of_html


def read(headers: list[tuple[str, str]], **parts: str | None) -> Inquiry:
    given = {"sender": None, "subject": None, "body": None, **parts}
    return read_letter(headers, fallback_id="f", occurred_at=RECEIVED_AT - timedelta(hours=1), details={}, **given)  # type: ignore[arg-type]


def whole_letter(mime: bytes) -> Inquiry:
    """The letter as SendGrid delivers it in raw form."""
    body = b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\n' + mime + b"\r\n--b--\r\n"
    headers = (("content-type", "multipart/form-data; boundary=b"),)
    request = received(headers=headers, body=body)
    return CHANNELS["sendgrid"].parse(request, Source("sendgrid", "main", ("s",)))[0]


def test_the_person_is_whom_an_answer_would_reach() -> None:
    headers = [("From", "Site <noreply@site.ru>"), ("Reply-To", "=?utf-8?B?0JDQvdC90LA=?= <anna@example.com>")]

    inquiry = read(headers, sender="Site <noreply@site.ru>")

    assert (inquiry.name, inquiry.emails) == ("Анна", ("anna@example.com",))


@pytest.mark.parametrize(
    "headers",
    [
        [("Auto-Submitted", "auto-replied; owner-email=x"), ("From", "a@example.com")],
        [("X-Autoreply", "yes"), ("From", "a@example.com")],
        [("From", "Mail Delivery <MAILER-DAEMON@example.com>")],
    ],
)
def test_an_answer_of_a_machine_is_ignored(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(Ignored):
        read(headers)


def test_a_letter_that_a_site_wrote_by_itself_is_captured() -> None:
    assert read([("Auto-Submitted", "auto-generated"), ("From", "a@example.com")]).emails == ("a@example.com",)


@pytest.mark.parametrize("sender", ["", "nobody", "(" * 2000, ":" * 2000, "<>"])
def test_a_letter_without_a_sender_s_address_is_unreadable(sender: str) -> None:
    with pytest.raises(Unreadable, match="the letter names no sender"):
        read([], sender=sender)


def test_an_overlong_message_id_becomes_a_hash() -> None:
    letter = [("Message-ID", "<" + "x" * 900 + "@a>"), ("From", "a@example.com")]

    assert len(read(letter).provider_id) == 64
    assert read(letter).provider_id == read(letter).provider_id


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Один</p><p>Два &amp; три</p>", "Один\nДва & три"),
        ("<head><title>t</title></head><script>alert(1)</script><div>Да<br/>нет</div>", "Да\nнет"),
        ("a < b и c > d", "a < b и c > d"),
        ("<style>p{}</style>", None),
        ("<b>&#x202e;x&#0;</b>", "x\ufffd"),
        ("", None),
    ],
)
def test_html_is_read_as_its_visible_text(html: str, text: str | None) -> None:
    assert text_of_html(html) == text


@pytest.mark.timeout(20)
@pytest.mark.parametrize("unit", ["<!--", "<![CDATA[", "<", "<a ", "<a x='", "</", "<?", "&", "<script>", '<a b="'])
def test_a_megabyte_of_broken_html_is_read_at_once(unit: str) -> None:
    text_of_html(unit * (1_000_000 // len(unit)))


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "mime",
    [
        b"Content-Type: text/plain" + b"; a=b" * 100_000,
        b"Content-Type: multipart/mixed\r\n" + b" ;a=b\r\n" * 100_000,
        b"Subject: " + b"=?utf-8?q?a?= " * 60_000,
        b"From: a@example.com\r\nTo: " + b"a@b.c, " * 60_000,
        b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(2000)),
        b"Content-Type: message/rfc822\r\n\r\n" * 5000,
        b"From: " + b"(" * 100_000,
    ],
)
def test_a_letter_made_to_take_long_is_read_or_refused_at_once(mime: bytes) -> None:
    with suppress(Unreadable):
        whole_letter(mime)


@pytest.mark.parametrize(
    ("charset", "raw", "read_as"),
    [
        ("koi8-r", "Счёт".encode("koi8-r"), "Счёт"),
        ("us-ascii", "Счёт".encode(), "Счёт"),
        ("x-unknown", "Счёт".encode(), "Счёт"),
        ("utf-8", b"\xd1\x87\xff", "ч\ufffd"),
    ],
)
def test_a_letter_with_a_false_charset_is_read_as_far_as_possible(charset: str, raw: bytes, read_as: str) -> None:
    head = f"From: a@example.com\r\nContent-Type: text/plain; charset={charset}\r\n\r\n".encode()

    assert whole_letter(head + raw).text == read_as


def test_an_attached_text_is_not_taken_for_the_letter() -> None:
    mime = (
        b"From: a@example.com\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n"
        b"--q\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nattached\r\n"
        b"--q\r\nContent-Type: text/html\r\n\r\n<p>written</p>\r\n--q--\r\n"
    )

    assert whole_letter(mime).text == "written"
