"""A mailbox is read over TLS, from the first byte or by STARTTLS, from the right host only."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from certificates import Authority, authority
from leads_system import Running
from mail_server import MailServer

LETTER = b"From: Anna <anna@example.com>\r\nSubject: Order\r\nMessage-ID: <1@example.com>\r\n\r\nHow much?\r\n"


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that this machine trusts, as an operator would have it."""
    made = authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.path))
    return made


@asynccontextmanager
async def over_tls(mail: MailServer, certificate: Path, key: Path) -> AsyncIterator[int]:
    """A port at which the server speaks TLS from the first byte."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while some := await source.read(65_536):
                sink.write(some)
                await sink.drain()
            sink.close()

        there, back = await asyncio.open_connection("127.0.0.1", mail.port)
        with suppress(OSError):
            await asyncio.gather(pump(reader, back), pump(there, writer))

    server = await asyncio.start_server(passed_on, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def set_up(leads: Running, port: int, **options: Any) -> None:
    given = {"host": "localhost", "port": port, "user": "sales", "password": "mail-password", "since": "2020-01-01"}
    made = await leads.call("PUT", "/sources/imap/main", json={"options": {**given, **options}})
    assert made.status_code == 200, made.text


async def test_a_letter_is_fetched_over_tls_from_the_first_byte(
    leads: Running, mail_server: MailServer, trusted: Authority, captured: Any
) -> None:
    mail_server.deliver(LETTER)
    async with over_tls(mail_server, *trusted.server("localhost")) as port:
        await set_up(leads, port)
        assert await captured(1) == 1


@pytest.fixture
def starting(trusted: Authority) -> Iterator[MailServer]:
    """A server that changes to TLS when asked to, with a certificate of the right host."""
    certificate, key = trusted.server("localhost")
    server = MailServer("--cert", str(certificate), "--key", str(key))
    server.start()
    yield server
    server.stop()


async def test_a_letter_is_fetched_after_starttls(leads: Running, starting: MailServer, captured: Any) -> None:
    starting.deliver(LETTER)
    await set_up(leads, starting.port, starttls=True)
    assert await captured(1) == 1


@pytest.mark.parametrize(
    ("host", "days", "reason"),
    [
        ("mail.example.com", 1, "Hostname mismatch, certificate is not valid for 'localhost'."),
        ("localhost", -1, "certificate has expired"),
    ],
)
async def test_a_wrong_certificate_is_refused(
    leads: Running, mail_server: MailServer, trusted: Authority, looked: Any, host: str, days: int, reason: str
) -> None:
    mail_server.deliver(LETTER)
    async with over_tls(mail_server, *trusted.server(host, days=days)) as port:
        await set_up(leads, port)
        said = (await looked("imap"))["last_error"]

    assert said == f"the certificate of the mail server is refused ({reason})"
    assert await leads.pool.fetchval("SELECT count(*) FROM intake") == 0


async def test_a_certificate_of_an_authority_that_nobody_knows_is_refused(
    leads: Running, mail_server: MailServer, trusted: Authority, looked: Any, tmp_path: Path
) -> None:
    mail_server.deliver(LETTER)
    stranger = authority(tmp_path, "stranger")
    async with over_tls(mail_server, *stranger.server("localhost")) as port:
        await set_up(leads, port)
        said = (await looked("imap"))["last_error"]

    assert said.startswith("the certificate of the mail server is refused (")


async def test_starttls_with_a_wrong_certificate_is_refused(
    leads: Running, trusted: Authority, looked: Any, tmp_path: Path
) -> None:
    certificate, key = authority(tmp_path, "stranger").server("localhost")
    server = MailServer("--cert", str(certificate), "--key", str(key))
    server.start()
    try:
        await set_up(leads, server.port, starttls=True)
        said = (await looked("imap"))["last_error"]
    finally:
        server.stop()

    assert said.startswith("the certificate of the mail server is refused (")


async def test_nobody_logs_in_where_starttls_was_wanted_and_is_not_offered(
    leads: Running, mail_server: MailServer, looked: Any
) -> None:
    mail_server.deliver(LETTER)
    await set_up(leads, mail_server.port, starttls=True)

    assert (await looked("imap"))["last_error"] == "the mail server refuses (open)"
    assert await leads.pool.fetchval("SELECT count(*) FROM intake") == 0
