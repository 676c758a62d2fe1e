"""A mailbox is read: every letter once, whatever happens to the connection, the server or the flags."""

import base64
from typing import Any

from leads_system import Running


def letter(number: int, text: str = "Сколько стоит?") -> bytes:
    head = f"From: Anna <anna{number}@example.com>\r\nSubject: Order {number}\r\nMessage-ID: <{number}@example.com>\r\n"
    body = base64.encodebytes(text.encode()).replace(b"\n", b"\r\n")
    kind = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return (head + kind).encode() + body


async def set_up(leads: Running, server: Any, **options: Any) -> None:
    given = {"host": "127.0.0.1", "port": server.port, "tls": False, "user": server.user, "password": server.password}
    made = await leads.call("PUT", "/sources/imap/main", json={"options": {**given, **options}})
    assert made.status_code == 200, made.text


async def test_letters_become_leads_once_and_stay_unread(
    leads: Running, mail_server: Any, captured: Any, looked: Any
) -> None:
    mail_server.deliver(*(letter(n) for n in range(12)))
    await set_up(leads, mail_server, since="2020-01-01")
    assert await captured(12) == 12

    mail_server.deliver(letter(12), b"no header at all\r\n")
    await looked("imap")
    await looked("imap")

    assert await captured(13) == 13
    stored = await leads.pool.fetch("SELECT body, state, method FROM intake ORDER BY received_at")
    assert len(stored) == 14
    assert letter(12) in [row["body"] for row in stored], "stored as it travelled"
    assert [row["state"] for row in stored].count("quarantined") == 1
    assert mail_server.unseen() == 14


async def test_without_a_day_only_later_letters_are_taken_and_marked_once_stored(
    leads: Running, mail_server: Any, captured: Any, looked: Any
) -> None:
    mail_server.deliver(letter(1))
    await set_up(leads, mail_server, mark_seen=True)
    await looked("imap")
    mail_server.deliver(letter(2))
    await looked("imap")

    assert await captured(1) == 1
    assert mail_server.unseen() == 1, "the old letter is nobody's business"


async def test_a_mailbox_that_was_made_anew_gives_known_letters_as_duplicates(
    leads: Running, mail_server: Any, captured: Any, looked: Any
) -> None:
    mail_server.deliver(letter(1))
    await set_up(leads, mail_server, since="2020-01-01")
    await captured(1)
    mail_server.stop()
    assert (await looked("imap"))["last_error"].startswith("the mail server does not answer")

    mail_server.start()
    mail_server.deliver(letter(1), letter(2))
    await looked("imap")

    assert await captured(2) == 2
    assert await leads.pool.fetchval("SELECT sum(deliveries) FROM touches") == 3


async def test_a_wrong_password_is_told_by_the_source_and_not_by_the_log_of_requests(
    leads: Running, mail_server: Any, looked: Any
) -> None:
    await set_up(leads, mail_server, password="wrong")
    await looked("imap")

    pull = (await leads.call("GET", "/sources/imap/main")).json()["pull"]
    assert pull["last_error"] == "the mail server refuses (open)"
