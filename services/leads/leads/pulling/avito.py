"""Calls that Avito's call tracking has seen (developers.avito.ru).

`POST /calltracking/v1/getCalls/` with `dateTimeFrom`, `dateTimeTo`, `limit`, `offset`; a token by client id and secret
from `POST /token`.

Field names are those of Avito's published schema; address and limits were not tried against the service itself. Every
look begins `OVERLAP` before the newest call seen, for a call is listed when it has ended.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from events.outgoing import Outgoing, Refused, Trouble
from events.webhooks import Source, Unreadable

from leads.channels.pulled import Pulled
from leads.channels.values import moment
from leads.pulling.polling import Page

PAGE: Final = 100
OVERLAP: Final = timedelta(hours=2)
FIRST_LOOK: Final = timedelta(days=1)


class AvitoCalls:
    """Fetches calls."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    def wanted(self, source: Source) -> bool:
        """With the account's client id and secret."""
        return bool(source.options.get("client_id") and source.options.get("client_secret"))

    def every(self, source: Source) -> float:
        return float(source.options.get("every_seconds", "120"))

    async def pages(self, source: Source, cursor: Mapping[str, Any], now: datetime) -> AsyncIterator[Page]:
        """Calls since the newest one seen."""
        base = source.options.get("api_url", "https://api.avito.ru")
        token = await self._token(base, source)
        newest = moment(cursor["newest"], "newest") if "newest" in cursor else now - FIRST_LOOK + OVERLAP
        since, offset = newest - OVERLAP, 0
        while True:
            asked = {"dateTimeFrom": _text(since), "dateTimeTo": _text(now), "limit": PAGE, "offset": offset}
            answer = await self._outgoing.json("POST", f"{base}/calltracking/v1/getCalls/", token=token, json=asked)
            if isinstance(error := answer.get("error"), dict) and error.get("code"):
                raise Trouble(f"Avito answered error {error['code']}")
            calls = [call for call in answer.get("calls") or [] if isinstance(call, dict) and call.get("callId")]
            newest = max([newest, *(_began(call) for call in calls)])
            last = len(calls) < PAGE
            yield Page(
                [Pulled(f"call:{call['callId']}", orjson.dumps(call), f"{base}/calltracking") for call in calls],
                {"newest": _text(newest)} if last else None,
            )
            if last:
                return
            offset += PAGE

    async def _token(self, base: str, source: Source) -> str:
        asked = {
            "grant_type": "client_credentials",
            "client_id": source.options["client_id"],
            "client_secret": source.options["client_secret"],
        }
        token = (await self._outgoing.json("POST", f"{base}/token", data=asked)).get("access_token")
        if not isinstance(token, str):
            raise Refused("Avito gave no token for this client id and secret")
        return token


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _began(call: dict[str, Any]) -> datetime:
    try:
        return moment(call.get("callTime"), "callTime", "Europe/Moscow")
    except Unreadable:
        return datetime.min.replace(tzinfo=UTC)
