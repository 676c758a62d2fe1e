"""The mailbox of the sender: bounces and answers, from a real IMAP server, each told once of the right message."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from automation.messages.answers import Answers
from automation.messages.heard import Heard, hear
from automation_world import World
from events.contracts.automation import MessageRequested
from events.mailbox import Access
from events.store import Append, Cause
from hypothesis import given
from hypothesis import strategies as st
from mail_server import MailServer

DOMAIN = "daisy.test"
OURS, OTHER = UUID("486a8338-d14c-5c61-a41f-fb83ea7a1b25"), UUID("18e512a6-b033-5474-8778-175d5c3a1718")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TYPES = ("message.bounced.v1", "message.delivered.v1", "message.replied.v1")


def report(action: str = "failed", status: str = "5.1.1", about: UUID = OURS, headers_only: bool = True) -> bytes:
    kind = "text/rfc822-headers" if headers_only else "message/rfc822"
    return f"""\
From: MAILER-DAEMON@mx.example.com
To: hello@{DOMAIN}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Return-Path: <>
Message-ID: <{OTHER}@mx.example.com>
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
Arrival-Date: Mon, 2 Mar 2026 09:30:00 +0000

Final-Recipient: rfc822; anna@example.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--b
Content-Type: {kind}

From: Daisy <hello@{DOMAIN}>
To: anna@example.com
Subject: Anna, our offer for you
Message-ID: <{about}@{DOMAIN}>

--b--
""".replace("\n", "\r\n").encode()


def answer(*headers: str, about: UUID = OURS, sender: str = "Anna <anna@example.com>") -> bytes:
    head = [f"From: {sender}", "Subject: Re: our offer", "Message-ID: <x@example.com>", *headers]
    if not any(line.startswith(("In-Reply-To", "References")) for line in headers):
        head.append(f"In-Reply-To: <{about}@{DOMAIN}>")
    return "\r\n".join([*head, "", "Thank you"]).encode()


@pytest.mark.parametrize("headers_only", [True, False])
def test_a_report_of_failure_is_a_bounce_with_its_code(headers_only: bool) -> None:
    assert hear(report(headers_only=headers_only), DOMAIN) == Heard(OURS, "bounced", "5.1.1")
    assert hear(report(status="4.4.7"), DOMAIN) == Heard(OURS, "bounced", "4.4.7")


@pytest.mark.parametrize(
    ("action", "heard"),
    [("delayed", None), ("relayed", None), ("expanded", None), ("delivered", Heard(OURS, "delivered"))],
)
def test_a_report_of_anything_else_is_no_bounce(action: str, heard: Heard | None) -> None:
    assert hear(report(action=action, status="2.0.0"), DOMAIN) == heard


def test_an_old_bounce_of_exim_is_known_too() -> None:
    text = (
        f"X-Failed-Recipients: a@example.com\r\nFrom: Mailer-Daemon@x\r\n\r\nMessage-ID: <{OURS}@{DOMAIN}>\r\n".encode()
    )
    assert hear(text, DOMAIN) == Heard(OURS, "bounced")


@pytest.mark.parametrize("header", [f"In-Reply-To: <{OURS}@{DOMAIN}>", f"References: <a@b>\r\n <{OURS}@{DOMAIN}>"])
def test_an_answer_names_our_letter(header: str) -> None:
    assert hear(answer(header), DOMAIN) == Heard(OURS, "replied")


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Precedence: bulk",
        "X-Autoreply: yes",
        "Return-Path: <>",
        "References: <something@example.com>",
        f"In-Reply-To: <{OURS}@elsewhere.test>",
    ],
)
def test_what_answers_by_itself_or_answers_another_letter_is_no_answer(header: str) -> None:
    assert hear(answer(header), DOMAIN) is None


def test_a_person_may_say_that_he_is_no_machine() -> None:
    assert hear(answer("Auto-Submitted: no"), DOMAIN) == Heard(OURS, "replied")


@given(st.binary(max_size=400), st.integers(0, 600))
def test_no_bytes_break_it(noise: bytes, at: int) -> None:
    whole = report()
    hear(whole[:at] + noise + whole[at:], DOMAIN)
    hear(noise, DOMAIN)


def test_an_overlong_content_type_is_not_read() -> None:
    assert hear(b"Content-Type: text/plain; a=" + b"b" * 500_000 + b"\r\n\r\n" + report(), DOMAIN) is None


@pytest.fixture
def mailbox() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


async def test_a_mailbox_is_read_on_from_where_it_was_and_each_outcome_is_told_once(
    automation: World, mailbox: MailServer
) -> None:
    for message_id in (OURS, OTHER):
        event = MessageRequested(message_id=message_id, customer_id=UUID(int=9), medium="email", template="quote")
        await automation.store.commit(Append(message_id, 0, [event], Cause("test", message_id), NOW))
    access = Access("127.0.0.1", mailbox.port, mailbox.user, mailbox.password, "none")
    answers = Answers(automation.store, access, DOMAIN, lambda: NOW, frozenset({"127.0.0.1"}))
    mailbox.deliver(report())
    await answers.look()
    assert await automation.appended(*TYPES) == [], "what lies there at the first look is old"

    unknown = UUID(int=5)
    mailbox.deliver(report(), report(), answer(about=OTHER), b"no letter", report(about=unknown), answer(about=OTHER))
    for _ in range(2):
        await answers.look()
    mailbox.deliver(answer(about=OURS))
    await answers.look()

    told = [(row["type"], row["data"]) for row in await automation.appended(*TYPES)]
    assert [type_ for type_, _ in told] == ["message.bounced.v1", "message.replied.v1", "message.replied.v1"]
    assert '"code":"5.1.1"' in told[0][1]
    assert mailbox.unseen() == 8, "people find their letters unread"

    await automation.pool.execute("UPDATE mailbox_places SET uidvalidity = uidvalidity - 1")
    mailbox.deliver(report(about=OTHER))
    await answers.look()
    bounced = await automation.appended("message.bounced.v1")
    assert len(bounced) == 2, "a mailbox that was made anew is read again, and what is known is known"


async def test_a_mailbox_that_does_not_answer_is_no_trouble_of_the_service(automation: World) -> None:
    access = Access("127.0.0.1", 9, "sales", "secret", "none")
    answers = Answers(automation.store, access, DOMAIN, lambda: NOW, frozenset({"127.0.0.1"}))
    assert await answers.look() == 0
