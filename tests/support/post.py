"""A real SMTP server for tests: it keeps what it takes, and can be told to refuse."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Post:
    """A mail server that keeps what it takes. Its next answers can be set; then it says 250."""

    port: int = 0
    raw: list[bytes] = field(default_factory=list)
    on_mail: list[str] = field(default_factory=list)
    on_rcpt: list[str] = field(default_factory=list)
    on_data: list[str] = field(default_factory=list)

    @property
    def letters(self) -> list[EmailMessage]:
        parse = email.message_from_bytes
        return [parse(content, policy=email.policy.default) for content in self.raw]  # type: ignore[misc]


@dataclass(frozen=True)
class _Hooks:
    """What the server asks. A thing of its own, for aiosmtpd reads all of its attributes for each connection."""

    post: Post

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.post.on_mail:
            return self.post.on_mail.pop(0)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: Iterable[str]
    ) -> str:
        if self.post.on_rcpt:
            return self.post.on_rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.post.on_data:
            return self.post.on_data.pop(0)
        assert isinstance(envelope.content, bytes)
        self.post.raw.append(envelope.content)
        return "250 OK"


@asynccontextmanager
async def mail_server() -> AsyncIterator[Post]:
    """The server on a free port, in this event loop."""
    made = Post()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(_Hooks(made), hostname="post.test", loop=loop), "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
