"""Asterisk's manager interface, read as it talks (docs.asterisk.org, "AMI v2 specification").

A line-based protocol over TCP; messages are `Key: Value` lines that end with an empty one.

After `Login` with the event classes `cdr` and `call`, `Cdr` (with the module cdr_manager) and `Hangup` events are
stored as they came. The interface remembers nothing: what happens while nobody is connected is not told again, so the
connection is renewed as soon as it ends, and a `Ping` notices one that died.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Set
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from events.outgoing import Refused, Trouble, checked_address
from events.webhooks import Source

from leads.channels.pulled import Pulled
from leads.pulling.polling import Page

STORED_EVENTS: Final = (b"cdr", b"hangup")
CONNECT_SECONDS: Final = 10.0
MOST_BYTES: Final = 1 << 16
END: Final = b"\r\n\r\n"


class Asterisk:
    """Listens to exchanges."""

    def __init__(self, private_hosts: Set[str] = frozenset(), ping_seconds: float = 20.0) -> None:
        self._private_hosts = private_hosts
        self._ping_seconds = ping_seconds

    def wanted(self, source: Source) -> bool:
        """Always."""
        return True

    def every(self, source: Source) -> float:
        """Seconds until a connection that ended is renewed."""
        return 1.0

    async def pages(self, source: Source, cursor: Mapping[str, Any], now: datetime) -> AsyncIterator[Page]:
        """Events as they come, until the connection ends: then :class:`Trouble`."""
        options = source.options
        host, port = options["host"], int(options.get("port", "5038"))
        address = await checked_address(host, port, self._private_hosts)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(address, port, limit=MOST_BYTES)
        except OSError as error:
            raise Trouble(f"the exchange does not answer ({type(error).__name__})") from None
        try:
            await _log_in(reader, writer, options)
            async for event in self._events(reader, writer):
                key = sha256(event).hexdigest()
                yield Page([Pulled(key, event, f"ami://{host}:{port}", "text/plain; charset=utf-8")])
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise Trouble(f"the exchange ended the connection ({type(error).__name__})") from None
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _events(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> AsyncIterator[bytes]:
        silent = 0
        while True:
            try:
                async with asyncio.timeout(self._ping_seconds):
                    message = await reader.readuntil(END)
                silent = 0
            except TimeoutError:
                silent += 1
                if silent > 2:
                    raise ConnectionResetError("no answer to a ping") from None
                writer.write(b"Action: Ping" + END)
                await writer.drain()
                continue
            if _field(message, b"event").lower() in STORED_EVENTS:
                yield message


async def _log_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, options: Mapping[str, str]) -> None:
    async with asyncio.timeout(CONNECT_SECONDS):
        banner = await reader.readline()
        if not banner.startswith(b"Asterisk Call Manager"):
            raise Refused("this is not the manager interface of an Asterisk")
        lines = ("Action: Login", f"Username: {options['user']}", f"Secret: {options['password']}", "Events: cdr,call")
        writer.write("\r\n".join(lines).encode() + END)
        await writer.drain()
        while True:
            answer = await reader.readuntil(END)
            if response := _field(answer, b"response"):
                if response != b"Success":
                    raise Refused("the exchange refuses user or password")
                return


def _field(message: bytes, name: bytes) -> bytes:
    """The first value of a key, in any case; empty where there is none."""
    for line in message.split(b"\r\n"):
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    return b""
