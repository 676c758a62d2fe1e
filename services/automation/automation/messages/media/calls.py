"""Calls of providers' APIs: what came back as JSON, and trouble told apart from a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from events.outgoing import Answer, Outgoing, Trouble
from events.outgoing import Refused as NotAllowed
from events.tasks import Retry

SECONDS: Final = 20.0
"""Less than a lease lasts, so that no other worker takes the message meanwhile."""
MOST_BYTES: Final = 65_536
_OF_CALLER: Final = 400
_TOO_MANY: Final = 429
_ERRORS_OF_SERVER: Final = 500
_UNAVAILABLE: Final = 503


class Unanswered(Retry):
    """The request went out, and no answer of the provider says whether it took the message."""


@dataclass(frozen=True)
class Api:
    """A provider's API. Addresses and tokens stay out of every error."""

    outgoing: Outgoing
    provider: str

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
        """Status and JSON of an answer, its text where it is none. Raises ``Retry`` where the provider is away, busy
        (429) or out of order (5xx), and :class:`Unanswered` where it may have taken the message all the same.
        """
        try:
            answer = await self.outgoing.post(url, content, headers, seconds=SECONDS, most=MOST_BYTES)
        except NotAllowed as refused:
            raise Retry(f"{self.provider}: {refused}") from None
        except Trouble as trouble:
            raise (Unanswered if trouble.may_have_arrived else Retry)(f"{self.provider}: {trouble}") from None
        said = _read(answer)
        if answer.status == _TOO_MANY:
            raise Retry(f"{self.provider} answered 429", _pause(answer, said))
        if answer.status >= _ERRORS_OF_SERVER:
            raise not_taken(f"{self.provider} answered {answer.status}", answer.status, said)
        return answer.status, said

    async def post_json(self, url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> tuple[int, Any]:
        """The same with a JSON body."""
        return await self.post(url, orjson.dumps(body), {"Content-Type": "application/json", **headers})


def not_taken(reason: str, status: int, said: Any) -> Retry:
    """For an answer without the sign of success. It means that nothing was done where it is 4xx or 503 (RFC 9110, 15.5
    and 15.6.4), or an object that the provider wrote itself; a page of a gateway says nothing of who stands behind it.
    """
    is_said = _OF_CALLER <= status < _ERRORS_OF_SERVER or status == _UNAVAILABLE or (isinstance(said, dict) and said)
    return Retry(reason) if is_said else Unanswered(reason)


def _read(answer: Answer) -> Any:
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return answer.body.decode("utf-8", "replace")


def _pause(answer: Answer, said: Any) -> float | None:
    """``Retry-After``, or what Telegram tells in the body (``parameters.retry_after``, seconds)."""
    parameters = said.get("parameters") if isinstance(said, dict) else None
    told = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(told) if isinstance(told, int) and told > 0 else answer.seconds
