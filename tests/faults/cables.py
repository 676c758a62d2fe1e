"""Cables between the services and what they stand on, which a test can cut, freeze, slow down and plug in elsewhere.

A cable is a TCP proxy in a thread of its own. A cut is a real one: a packet filter on the proxy's side of every
connection (``SO_ATTACH_FILTER``, socket(7), a program that keeps no byte) drops what arrives before TCP sees it, so
that nothing is acknowledged and nobody is told, as when a host is gone. Lost packets are lost in the same way: the
program throws dice (https://docs.kernel.org/networking/filter.html). It needs no privilege and no firewall.
"""

from __future__ import annotations

import asyncio
import ctypes
import inspect
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from embedded.broker import EmbeddedBroker
from embedded.process import free_port
from embedded.system import System

_ATTACH_FILTER, _DETACH_FILTER = 26, 27
_LOAD_WORD, _JUMP_IF_NOT_LESS, _RETURN = 0x20, 0x35, 0x06
_RANDOM = 0xFFFF_F000 + 56
_EVERY_BYTE = 0xFFFF_FFFF
_PORTION = 65_536
ACKNOWLEDGED_SECONDS = 0.2
"""TCP may put an acknowledgement off for so long."""


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


def _drop(one: socket.socket, share: float) -> None:
    """So large a share of the packets that arrive, 1 for all."""
    instructions = [_Instruction(_RETURN, 0, 0, 0)]
    if share < 1:
        dice = _Instruction(_JUMP_IF_NOT_LESS, 0, 1, int(share * 2**32))
        instructions = [_Instruction(_LOAD_WORD, 0, 0, _RANDOM), dice, _Instruction(_RETURN, 0, 0, _EVERY_BYTE)]
        instructions.append(_Instruction(_RETURN, 0, 0, 0))
    listed = (_Instruction * len(instructions))(*instructions)
    program = _Program(len(instructions), ctypes.cast(listed, ctypes.POINTER(_Instruction)))
    one.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, bytes(program))


def _drop_nothing(one: socket.socket) -> None:
    with suppress(OSError):  # it has no filter, or is closed
        one.setsockopt(socket.SOL_SOCKET, _DETACH_FILTER, 0)


@dataclass(eq=False)
class _Line:
    """One connection: the client's end and the server's."""

    client: socket.socket
    server: socket.socket | None = None
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def end(self, *, reset: bool) -> None:
        """Nobody may wait for a socket that is closed: its number is another's the next moment."""
        others = self.tasks - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for one in (self.client, self.server):
            if one is not None and one.fileno() != -1:
                if reset:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                one.close()


class Cable:
    """Listens on ``port`` of 127.0.0.1 and passes everything on to ``target``, a port there too."""

    def __init__(self, target: int, port: int) -> None:
        self.port = port
        self.target = target
        self._delay = 0.0
        self._lines: set[_Line] = set()
        self._passing: asyncio.Event
        self._lost = 0.0
        self._listener = socket.create_server(("127.0.0.1", port), backlog=256)
        self._listener.setblocking(False)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=f"cable-{port}", daemon=True)
        self._thread.start()

    @property
    def lines(self) -> int:
        """How many connections there are."""
        return len(self._lines)

    def cut(self) -> None:
        """From now on no packet arrives, of old connections or of new ones, and none is answered."""
        self._do(self._cut)

    def mend(self) -> None:
        """Packets arrive again, those of old connections too: their senders repeat them. A frozen cable thaws."""
        self._do(self._mend)

    def freeze(self) -> None:
        """Connections are made and bytes taken, and nothing goes further: TCP believes that all is well."""
        self._do(lambda: self._passing.clear())

    def lose(self, share: float) -> None:
        """So large a share of packets is lost, of old and new connections, either way; their senders repeat them."""
        self._do(lambda: self._lose(share))

    def slow_down(self, seconds: float) -> None:
        """Every portion of bytes, either way, comes so much later; 0 for as quick as can be."""
        self._do(lambda: setattr(self, "_delay", seconds))

    def reset(self) -> None:
        """Breaks every connection off with RST; new ones are taken."""
        self._do(self._reset)

    def plug_into(self, target: int) -> None:
        """Connections made from now on lead to another port. Those of before are left as they are: a cable that was cut
        stays so for them, for ever.
        """
        self._do(lambda: self._plug_into(target))

    def unplug(self) -> None:
        """The end of the cable and of its thread."""
        self._do(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _do(self, what: Callable[[], object]) -> None:
        async def done() -> None:
            if inspect.isawaitable(result := what()):
                await result

        asyncio.run_coroutine_threadsafe(done(), self._loop).result(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._passing = asyncio.Event()
        self._passing.set()
        self._accepting = self._loop.create_task(self._accept())
        self._loop.run_forever()

    async def _cut(self) -> None:
        # What was passed on is acknowledged first; else this end would send it again and again, and be heard.
        self._passing.clear()
        await asyncio.sleep(ACKNOWLEDGED_SECONDS)
        self._lost = 1.0
        for one in (self._listener, *(line.client for line in self._lines if line.client.fileno() != -1)):
            _drop(one, self._lost)

    def _lose(self, share: float) -> None:
        self._lost = share
        for one in (self._listener, *self._ends()):
            _drop(one, share)

    def _ends(self) -> list[socket.socket]:
        return [one for line in self._lines for one in (line.client, line.server) if one and one.fileno() != -1]

    def _mend(self) -> None:
        self._lost = 0.0
        for one in (self._listener, *self._ends()):
            _drop_nothing(one)
        self._passing.set()

    def _plug_into(self, target: int) -> None:
        self.target = target
        for line in self._lines:  # whoever was there stays where it is, and hears nothing more
            for task in line.tasks:
                task.cancel()
        self._lost = 0.0
        _drop_nothing(self._listener)
        self._passing.set()

    async def _reset(self) -> None:
        lines, self._lines = self._lines, set()
        await asyncio.gather(*(line.end(reset=True) for line in lines))

    async def _end(self) -> None:
        self._accepting.cancel()
        await asyncio.gather(self._accepting, return_exceptions=True)
        self._listener.close()
        await self._reset()

    async def _accept(self) -> None:
        while True:
            client, _ = await self._loop.sock_accept(self._listener)
            client.setblocking(False)
            line = _Line(client)
            self._lines.add(line)
            if self._lost:
                _drop(client, self._lost)
            self._begin(line, self._serve(line))

    def _begin(self, line: _Line, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        line.tasks.add(task)
        task.add_done_callback(line.tasks.discard)

    async def _serve(self, line: _Line) -> None:
        await self._passing.wait()
        server = line.server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        server.setblocking(False)
        try:
            await self._loop.sock_connect(server, ("127.0.0.1", self.target))
        except OSError:
            await self._hang_up(line, reset=True)
            return
        if self._lost:
            _drop(server, self._lost)
        for one in (line.client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._begin(line, self._pass_on(line, line.client, server))
        self._begin(line, self._pass_on(line, server, line.client))

    async def _pass_on(self, line: _Line, one: socket.socket, other: socket.socket) -> None:
        try:
            while portion := await self._loop.sock_recv(one, _PORTION):
                if self._delay:
                    await asyncio.sleep(self._delay)
                await self._passing.wait()
                await self._loop.sock_sendall(other, portion)
        except OSError:
            await self._hang_up(line, reset=True)
        else:
            await self._passing.wait()
            await self._hang_up(line, reset=False)

    async def _hang_up(self, line: _Line, *, reset: bool) -> None:
        if line in self._lines:
            self._lines.discard(line)
            await line.end(reset=reset)


class Cabled(System):
    """A system whose services reach PostgreSQL and the broker by cables, and nothing else does."""

    def __init__(self, home: Path, *, fsync: bool, environment: Mapping[str, str]) -> None:
        self.to_broker = Cable(free_port(), free_port())
        address = f"127.0.0.1:{self.to_broker.port}"
        broker = EmbeddedBroker(home / "log" / "broker.log", self.to_broker.target, advertised=address)
        super().__init__(
            home, broker=broker, fsync=fsync, environment={**environment, "VORONKA_KAFKA_BOOTSTRAP": address}
        )
        self.to_postgres = Cable(self.postgres.port, free_port())

    def database_url(self, service: str) -> str:
        """At the near end of the cable."""
        address = urlsplit(super().database_url(service))
        user, _, _ = address.netloc.rpartition("@")
        return address._replace(netloc=f"{user}@127.0.0.1:{self.to_postgres.port}").geturl()

    def stop(self) -> None:
        """Services first; they say goodbye over cables that are whole."""
        for cable in (self.to_postgres, self.to_broker):
            cable.mend()
        super().stop()
        for cable in (self.to_postgres, self.to_broker):
            cable.unplug()
