"""A mailbox that is read by IMAP (RFC 3501, RFC 9051), with the standard library's client in a thread.

Letters are asked for by UID and fetched with `BODY.PEEK[]`, so nothing depends on what other programs mark or move. TLS
from the first byte or by STARTTLS (RFC 8314, RFC 2595); nobody logs in where it was wanted and could not be had. The
certificate must be of the host that was named, by an authority that the machine trusts (`SSL_CERT_FILE` names others).
IDLE (RFC 2177) is not used.
"""

from __future__ import annotations

import asyncio
import imaplib
import re
import ssl
from collections.abc import AsyncIterator, Sequence, Set
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

from events.outgoing import Refused, Trouble, checked_address

TIMEOUT_SECONDS: Final = 15.0
MOST_BYTES: Final = 40 << 20
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UID: Final = re.compile(rb"UID (\d+)")


@dataclass(frozen=True)
class Access:
    """Whose mailbox, where, and how it is reached; with ``marks`` letters can be marked as read."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    security: Literal["tls", "starttls", "none"] = "tls"
    folder: str = "INBOX"
    marks: bool = False


class Mailbox:
    """An open folder. Every step raises ``Trouble`` for what may pass and ``Refused`` for what will not."""

    def __init__(self, session: imaplib.IMAP4) -> None:
        self._session = session

    async def place(self) -> tuple[int, int]:
        """UIDVALIDITY and the UID that the next letter will have."""
        place: tuple[int, int] = await asyncio.to_thread(_told(_state), self._session)
        return place

    async def after(self, uid: int, since: str | None = None) -> list[int]:
        """The UIDs above this one, of letters received on the day ``since`` (ISO 8601) or later."""
        found: list[int] = await asyncio.to_thread(_told(_search), self._session, uid, since)
        return found

    async def letters(self, uids: Sequence[int], most_bytes: int = MOST_BYTES) -> list[tuple[int, bytes]]:
        """The letters, whole; one that is gone by now is left out. Of one over ``most_bytes`` the beginning."""
        found: list[tuple[int, bytes]] = await asyncio.to_thread(_told(_fetch), self._session, uids, most_bytes)
        return found

    async def mark(self, uids: Sequence[int]) -> None:
        """Marks letters as read."""
        await asyncio.to_thread(_told(_mark), self._session, uids)

    async def leave(self) -> None:
        """Says good-bye."""
        await asyncio.to_thread(_told(_leave), self._session)


@asynccontextmanager
async def opened(access: Access, private_hosts: Set[str] = frozenset()) -> AsyncIterator[Mailbox]:
    """The mailbox, logged in and its folder selected; closed at once at the end, whatever a thread may wait for."""
    address = await checked_address(access.host, access.port, private_hosts)
    session = await asyncio.to_thread(_told(_open), access, address)
    try:
        yield Mailbox(session)
    finally:
        with suppress(OSError):
            session.shutdown()


def _told(step: Any) -> Any:
    """The step with its errors in our own words, without what the server wrote."""

    def run(*given: Any) -> Any:
        try:
            return step(*given)
        except ssl.SSLCertVerificationError as error:
            raise Refused(f"the certificate of the mail server is refused ({error.verify_message})") from None
        except imaplib.IMAP4.abort:
            raise Trouble("the mail server ended the connection") from None
        except imaplib.IMAP4.error:
            raise Refused(f"the mail server refuses ({step.__name__.removeprefix('_')})") from None
        except OSError as error:
            raise Trouble(f"the mail server does not answer ({type(error).__name__})") from None

    return run


def _open(access: Access, address: str) -> imaplib.IMAP4:
    mailbox: imaplib.IMAP4
    if access.security == "starttls":
        mailbox = _changed_to_tls(access.host, address, access.port)
    elif access.security == "tls":
        mailbox = _Tls(access.host, address, access.port)
    else:
        mailbox = imaplib.IMAP4(address, access.port, timeout=TIMEOUT_SECONDS)
    mailbox.login(access.user, access.password)
    folder = access.folder.replace("\\", "\\\\").replace('"', '\\"')
    status, _ = mailbox.select(f'"{folder}"', readonly=not access.marks)
    if status != "OK":
        raise mailbox.error("select")
    return mailbox


def _changed_to_tls(host: str, address: str, port: int) -> imaplib.IMAP4:
    mailbox = imaplib.IMAP4(address, port, timeout=TIMEOUT_SECONDS)
    if "STARTTLS" not in mailbox.capabilities:
        mailbox.shutdown()
        raise mailbox.error("STARTTLS")
    mailbox.host = host  # whose certificate is expected
    mailbox.starttls(ssl.create_default_context())
    return mailbox


class _Tls(imaplib.IMAP4_SSL):
    """Connects to the address that was checked, and expects the certificate of the host that was named."""

    def __init__(self, host: str, address: str, port: int) -> None:
        self._named = host
        super().__init__(address, port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT_SECONDS)

    def _create_socket(self, timeout: float | None) -> ssl.SSLSocket:
        plain = imaplib.IMAP4._create_socket(self, timeout)  # type: ignore[attr-defined]
        secured: ssl.SSLSocket = self.ssl_context.wrap_socket(plain, server_hostname=self._named)
        return secured


def _state(mailbox: imaplib.IMAP4) -> tuple[int, int]:
    (validity,) = mailbox.response("UIDVALIDITY")[1]
    (following,) = mailbox.response("UIDNEXT")[1]
    if validity is None:
        raise mailbox.error("no UIDVALIDITY")
    if following is None:
        _, found = mailbox.uid("SEARCH", "UID 1:*")
        following = b"%d" % (max([0, *map(int, (found[0] or b"").split())]) + 1)
    return int(validity), int(following)


def _search(mailbox: imaplib.IMAP4, last: int, since: str | None) -> list[int]:
    # `n:*` always names the newest letter too, even if its UID is lower.
    asked = [f"UID {last + 1}:*"]
    if since:
        day = date.fromisoformat(since)
        asked.append(f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}")
    _, found = mailbox.uid("SEARCH", *asked)
    return sorted(uid for uid in map(int, (found[0] or b"").split()) if uid > last)


def _fetch(mailbox: imaplib.IMAP4, uids: Sequence[int], most_bytes: int) -> list[tuple[int, bytes]]:
    _, found = mailbox.uid("FETCH", ",".join(map(str, uids)), f"(UID BODY.PEEK[]<0.{most_bytes}>)")
    letters = []
    for position, part in enumerate(found):
        if isinstance(part, tuple):
            # The UID may stand before the letter or after it.
            after = found[position + 1] if position + 1 < len(found) else b""
            match = _UID.search(part[0]) or _UID.search(after if isinstance(after, bytes) else b"")
            if match:
                letters.append((int(match[1]), part[1]))
    return letters


def _leave(mailbox: imaplib.IMAP4) -> None:
    mailbox.logout()


def _mark(mailbox: imaplib.IMAP4, uids: Sequence[int]) -> None:
    mailbox.uid("STORE", ",".join(map(str, uids)), "+FLAGS.SILENT", r"(\Seen)")
