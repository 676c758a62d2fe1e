"""The mail catcher: real SMTP in, files out."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage

import aiosmtplib
import pytest
from embedded.smtp import SmtpCatcher


@pytest.fixture
def catcher(tmp_path):
    with SmtpCatcher(tmp_path / "letters", tmp_path / "smtp.log") as catcher:
        yield catcher


async def _send(catcher: SmtpCatcher, subject: str) -> None:
    letter = EmailMessage()
    letter["From"] = "Отдел продаж <sales@example.com>"
    letter["To"] = "Анна <anna@example.com>"
    letter["Subject"] = subject
    letter.set_content("Здравствуйте, Анна!\n")
    await aiosmtplib.send(letter, hostname=catcher.host, port=catcher.port, use_tls=False, start_tls=False)


async def test_a_letter_arrives_as_it_was_sent_with_its_envelope(catcher):
    # when
    await _send(catcher, "Добро пожаловать")

    # then
    [letter] = catcher.letters()
    assert letter["Subject"] == "Добро пожаловать"
    assert letter.get_content() == "Здравствуйте, Анна!\n"
    assert (letter["X-MailFrom"], letter["X-RcptTo"]) == ("sales@example.com", "anna@example.com")


async def test_letters_are_listed_in_the_order_of_arrival(catcher):
    for number in range(20):
        await _send(catcher, str(number))
    assert [letter["Subject"] for letter in catcher.letters()] == [str(number) for number in range(20)]


async def test_accepted_letters_survive_a_kill_and_the_port_stays(catcher):
    # given
    await asyncio.gather(*(_send(catcher, str(number)) for number in range(10)))

    # when
    catcher.kill()
    with pytest.raises(aiosmtplib.SMTPConnectError):
        await _send(catcher, "refused")
    catcher.start()
    await _send(catcher, "after")

    # then
    assert [letter["Subject"] for letter in catcher.letters()][-1] == "after"
    assert len(catcher.letters()) == 11


def test_there_are_no_letters_before_the_first_start(tmp_path):
    assert SmtpCatcher(tmp_path / "letters", tmp_path / "smtp.log").letters() == []
