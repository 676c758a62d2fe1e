"""A mailbox read by IMAP (RFC 3501, RFC 9051), with the standard library's client in a thread.

What was read last is kept as UIDVALIDITY and UID: letters are asked for by UID, so nothing depends on what other
programs mark or move. They are fetched with `BODY.PEEK[]` and marked as read, if at all, after they are stored. Where
UIDVALIDITY changes, UIDs mean nothing any more: the mailbox is read anew from the day of the newest letter stored; what
is known by its Message-ID is a duplicate.

TLS from the first byte or by STARTTLS (RFC 8314, RFC 2595); nobody logs in where it was wanted and could not be had.
The certificate must be of the host that the source names, by an authority that the machine trusts (`SSL_CERT_FILE`
names others). The mailbox is asked every `every_seconds`; IDLE (RFC 2177) is not used.
"""

import asyncio
import imaplib
import re
import ssl
from collections.abc import AsyncIterator, Mapping, Set
from contextlib import suppress
from datetime import date, datetime
from typing import Any, Final

from events.outgoing import Refused, Trouble, checked_address
from events.webhooks import Source

from leads.channels.pulled import Pulled
from leads.pulling.polling import Page

AT_ONCE: Final = 10
TIMEOUT_SECONDS: Final = 15.0
MOST_BYTES: Final = 40 << 20
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UID: Final = re.compile(rb"UID (\d+)")


class Imap:
    """Reads mailboxes."""

    def __init__(self, private_hosts: Set[str] = frozenset()) -> None:
        self._private_hosts = private_hosts

    def wanted(self, source: Source) -> bool:
        """Always."""
        return True

    def every(self, source: Source) -> float:
        return float(source.options.get("every_seconds", "30"))

    async def pages(self, source: Source, cursor: Mapping[str, Any], now: datetime) -> AsyncIterator[Page]:
        """Letters that are new since the cursor; without one, those from the option `since` on, else later ones."""
        options = source.options
        address = await checked_address(options["host"], int(options.get("port", "993")), self._private_hosts)
        mailbox = await asyncio.to_thread(_told(_open), options, address)
        try:
            validity, following = await asyncio.to_thread(_told(_state), mailbox)
            since = None if cursor.get("uidvalidity") == validity else cursor.get("since", options.get("since"))
            last = int(cursor["uid"]) if cursor.get("uidvalidity") == validity else 0
            if since is None and last == 0 and "uidvalidity" not in cursor:
                last = following - 1
            place = {"uidvalidity": validity, "since": now.date().isoformat()}
            uids = await asyncio.to_thread(_told(_search), mailbox, last, since)
            for start in range(0, len(uids), AT_ONCE):
                some = uids[start : start + AT_ONCE]
                letters = await asyncio.to_thread(_told(_fetch), mailbox, some)
                origin = f"imap://{options['host']}/{options.get('folder', 'INBOX')}"
                items = [
                    Pulled(f"{validity}:{uid}", letter, f"{origin};UID={uid}", "message/rfc822")
                    for uid, letter in letters
                ]
                last = max(some)
                yield Page(items, {**place, "uid": last})
                if options.get("mark_seen") == "yes":
                    await asyncio.to_thread(_told(_mark), mailbox, some)
            if not uids:
                yield Page((), {**place, "uid": last})
            await asyncio.to_thread(_told(_leave), mailbox)
        finally:
            # Not polite, but at once, whatever a thread may still wait for.
            with suppress(OSError):
                mailbox.shutdown()


def _told(step: Any) -> Any:
    """The step with its errors in the words of this package, without what the server wrote."""

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


def _open(options: Mapping[str, str], address: str) -> imaplib.IMAP4:
    port = int(options.get("port", "993"))
    mailbox: imaplib.IMAP4
    if options.get("starttls") == "yes":
        mailbox = _changed_to_tls(options["host"], address, port)
    elif options.get("tls", "yes") == "yes":
        mailbox = _Tls(options["host"], address, port)
    else:
        mailbox = imaplib.IMAP4(address, port, timeout=TIMEOUT_SECONDS)
    mailbox.login(options["user"], options["password"])
    folder = options.get("folder", "INBOX").replace("\\", "\\\\").replace('"', '\\"')
    status, _ = mailbox.select(f'"{folder}"', readonly=options.get("mark_seen") != "yes")
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
    """UIDVALIDITY and the UID that the next letter will have."""
    (validity,) = mailbox.response("UIDVALIDITY")[1]
    (following,) = mailbox.response("UIDNEXT")[1]
    if validity is None:
        raise mailbox.error("no UIDVALIDITY")
    if following is None:
        _, found = mailbox.uid("SEARCH", "UID 1:*")
        following = b"%d" % (max([0, *map(int, (found[0] or b"").split())]) + 1)
    return int(validity), int(following)


def _search(mailbox: imaplib.IMAP4, last: int, since: str | None) -> list[int]:
    """UIDs above the last one; `n:*` always names the newest letter too, even if its UID is lower."""
    asked = [f"UID {last + 1}:*"]
    if since:
        day = date.fromisoformat(since)
        asked.append(f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}")
    _, found = mailbox.uid("SEARCH", *asked)
    return sorted(uid for uid in map(int, (found[0] or b"").split()) if uid > last)


def _fetch(mailbox: imaplib.IMAP4, uids: list[int]) -> list[tuple[int, bytes]]:
    """The letters, whole; one that is gone by now is left out. Of one over `MOST_BYTES` the beginning."""
    _, found = mailbox.uid("FETCH", ",".join(map(str, uids)), f"(UID BODY.PEEK[]<0.{MOST_BYTES}>)")
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


def _mark(mailbox: imaplib.IMAP4, uids: list[int]) -> None:
    mailbox.uid("STORE", ",".join(map(str, uids)), "+FLAGS.SILENT", r"(\Seen)")
