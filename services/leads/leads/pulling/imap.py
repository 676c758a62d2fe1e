"""A mailbox that is read by IMAP (`events/mailbox.py`).

What was read last is kept as UIDVALIDITY and UID: letters are asked for by UID, so nothing depends on what other
programs mark or move. They are marked as read, if at all, after they are stored. Where UIDVALIDITY changes, UIDs mean
nothing any more: the mailbox is read anew from the day of the newest letter stored; what is known by its Message-ID is
a duplicate. The mailbox is asked every `every_seconds`.
"""

from collections.abc import AsyncIterator, Mapping, Set
from datetime import datetime
from typing import Any, Final, Literal

from events.mailbox import Access, opened
from events.webhooks import Source

from leads.channels.pulled import Pulled
from leads.pulling.polling import Page

AT_ONCE: Final = 10


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
        access = _access(source.options)
        async with opened(access, self._private_hosts) as mailbox:
            validity, following = await mailbox.place()
            since = None if cursor.get("uidvalidity") == validity else cursor.get("since", source.options.get("since"))
            last = int(cursor["uid"]) if cursor.get("uidvalidity") == validity else 0
            if since is None and last == 0 and "uidvalidity" not in cursor:
                last = following - 1
            place = {"uidvalidity": validity, "since": now.date().isoformat()}
            uids = await mailbox.after(last, since)
            origin = f"imap://{access.host}/{access.folder}"
            for start in range(0, len(uids), AT_ONCE):
                some = uids[start : start + AT_ONCE]
                items = [
                    Pulled(f"{validity}:{uid}", letter, f"{origin};UID={uid}", "message/rfc822")
                    for uid, letter in await mailbox.letters(some)
                ]
                last = max(some)
                yield Page(items, {**place, "uid": last})
                if access.marks:
                    await mailbox.mark(some)
            if not uids:
                yield Page((), {**place, "uid": last})
            await mailbox.leave()


def _access(options: Mapping[str, str]) -> Access:
    return Access(
        host=options["host"],
        port=int(options.get("port", "993")),
        user=options["user"],
        password=options["password"],
        security=_security(options),
        folder=options.get("folder", "INBOX"),
        marks=options.get("mark_seen") == "yes",
    )


def _security(options: Mapping[str, str]) -> Literal["tls", "starttls", "none"]:
    if options.get("starttls") == "yes":
        return "starttls"
    return "tls" if options.get("tls", "yes") == "yes" else "none"
