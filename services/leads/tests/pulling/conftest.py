"""A leads service that may fetch from this machine, and providers that speak their real protocols."""

import asyncio
import imaplib
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from leads_system import Running


@pytest.fixture
async def leads(run: Any) -> AsyncIterator[Running]:
    async with run(outgoing_private_hosts=frozenset(["127.0.0.1", "localhost"])) as running:
        yield running


@pytest.fixture
def captured(leads: Running) -> Any:
    """Waits until that many touches were captured; gives their number."""

    async def wait(touches: int) -> int:
        async with asyncio.timeout(20):
            while await leads.pool.fetchval("SELECT count(*) FROM touches") < touches:
                await asyncio.sleep(0.05)
        await leads.settled()
        return await leads.pool.fetchval("SELECT count(*) FROM touches")

    return wait


@pytest.fixture
def looked(leads: Running) -> Any:
    """Has a source looked through again, and waits for the end of it."""

    async def look(channel: str, source: str = "main") -> Any:
        await leads.pool.execute("UPDATE source_pulls SET due_at = now(), last_success_at = NULL, last_error = NULL")
        async with asyncio.timeout(20):
            while True:
                row = await leads.pool.fetchrow(
                    "SELECT * FROM source_pulls WHERE channel = $1 AND source = $2", channel, source
                )
                if row and (row["last_success_at"] or row["last_error"]):
                    return row
                await asyncio.sleep(0.05)

    return look


class MailServer:
    """An IMAP server in a process of its own, in memory: a new one has another UIDVALIDITY."""

    user, password = "sales", "mail-password"

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = "import sys; from pymap.main import main; sys.exit(main())"
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--no-tls", "--no-service", "managesieve"]
        demo = ["dict", "--demo-user", self.user, "--demo-password", self.password]
        self._process = subprocess.Popen([sys.executable, "-c", program, *options, "--no-service", "admin", *demo])
        for _ in range(200):
            try:
                self.session().logout()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the mail server does not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def session(self) -> imaplib.IMAP4:
        session = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        session.login(self.user, self.password)
        return session

    def deliver(self, *letters: bytes) -> None:
        session = self.session()
        for letter in letters:
            assert session.append("INBOX", None, None, letter)[0] == "OK"
        session.logout()

    def unseen(self) -> int:
        session = self.session()
        session.select("INBOX", readonly=True)
        _, found = session.search(None, "UNSEEN")
        session.logout()
        return len((found[0] or b"").split())


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()
