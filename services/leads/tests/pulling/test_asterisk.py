"""An exchange is listened to: log-in, events as they came, and the connection renewed when it ends."""

import asyncio
from typing import Any

from leads_system import Running

END = b"\r\n\r\n"
CDR = (
    b"Event: Cdr\r\nSource: 79123456%03d\r\nDestination: 600\r\nDestinationContext: from-trunk\r\n"
    b"Channel: PJSIP/mango-%03d\r\nStartTime: 2026-05-01 14:50:00\r\nDisposition: ANSWERED\r\nUniqueID: 1777636200.%d"
)


class Exchange:
    """Speaks the manager interface as Asterisk does: banner, Login, events, Ping."""

    def __init__(self, secret: str = "ami-secret") -> None:
        self.secret = secret
        self.log_ins = 0
        self.pings = 0
        self.writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> "Exchange":
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.hang_up()
        self.server.close()

    def hang_up(self) -> None:
        if self.writer is not None:
            self.writer.close()
            self.writer = None

    def tell(self, *events: bytes) -> None:
        assert self.writer is not None
        for event in events:
            self.writer.write(event + END)

    async def logged_in(self, times: int) -> None:
        async with asyncio.timeout(60):
            while self.log_ins < times or self.writer is None:
                await asyncio.sleep(0.02)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/9.0.0\r\n")
        try:
            while True:
                action = (await reader.readuntil(END)).decode()
                fields = dict(line.split(": ", 1) for line in action.strip().split("\r\n"))
                if fields["Action"] == "Login" and fields["Secret"] == self.secret:
                    writer.write(b"Response: Success\r\nMessage: Authentication accepted" + END)
                    writer.write(b"Event: FullyBooted\r\nStatus: Fully Booted" + END)
                    self.writer = writer
                    self.log_ins += 1
                elif fields["Action"] == "Ping":
                    self.pings += 1
                    writer.write(b"Response: Success\r\nPing: Pong" + END)
                else:
                    writer.write(b"Response: Error\r\nMessage: Authentication failed" + END)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def set_up(leads: Running, exchange: Exchange, password: str = "ami-secret") -> None:
    options = {"host": "127.0.0.1", "port": exchange.port, "user": "crm", "password": password}
    made = await leads.call("PUT", "/sources/asterisk/main", json={"options": options})
    assert made.status_code == 200, made.text


async def test_calls_become_leads_and_a_connection_that_ends_is_renewed(leads: Running, captured: Any) -> None:
    async with Exchange() as exchange:
        await set_up(leads, exchange)
        await exchange.logged_in(1)
        exchange.tell(b"Event: Newchannel\r\nChannel: PJSIP/mango-001", CDR % (1, 1, 1), CDR % (1, 1, 1))
        assert await captured(1) == 1

        exchange.hang_up()
        await exchange.logged_in(2)
        exchange.tell(CDR % (2, 2, 2))

        assert await captured(2) == 2
        assert CDR % (2, 2, 2) + END in [row["body"] for row in await leads.pool.fetch("SELECT body FROM intake")]
        assert await leads.pool.fetchval("SELECT count(*) FROM intake") == 2, "the same event is stored once"


async def test_a_source_that_is_switched_off_is_left_alone_and_a_new_password_is_used(
    leads: Running, captured: Any
) -> None:
    async with Exchange() as exchange:
        await set_up(leads, exchange, password="wrong")
        async with asyncio.timeout(60):
            while not (pull := (await leads.call("GET", "/sources/asterisk/main")).json()["pull"] or {}).get(
                "last_error"
            ):
                await asyncio.sleep(0.05)
        assert pull["last_error"] == "the exchange refuses user or password"

        await set_up(leads, exchange)
        await leads.pool.execute("UPDATE source_pulls SET due_at = now()")
        await exchange.logged_in(1)
        await leads.call("DELETE", "/sources/asterisk/main")
        async with asyncio.timeout(60):
            while (await leads.call("GET", "/sources/asterisk/main")).json()["pull"]["running"]:
                await asyncio.sleep(0.05)
