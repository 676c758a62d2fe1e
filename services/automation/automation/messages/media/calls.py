"""Calls of providers' APIs: what came back as JSON, and trouble told apart from a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from events.outgoing import Answer, Outgoing
from events.outgoing import Refused as NotAllowed
from events.tasks import Retry

SECONDS: Final = 20.0
"""Less than a lease lasts, so that no other worker takes the message meanwhile."""
MOST_BYTES: Final = 65_536
_TOO_MANY: Final = 429
_ERRORS_OF_SERVER: Final = 500


@dataclass(frozen=True)
class Api:
    """A provider's API. Addresses and tokens stay out of every error."""

    outgoing: Outgoing
    provider: str

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
        """Status and JSON of an answer, its text where it is none. Raises ``Retry`` where the provider is away, busy
        (429) or out of order (5xx).
        """
        try:
            answer = await self.outgoing.post(url, content, headers, seconds=SECONDS, most=MOST_BYTES)
        except NotAllowed as refused:
            raise Retry(f"{self.provider}: {refused}") from None
        said = _read(answer)
        if answer.status == _TOO_MANY:
            raise Retry(f"{self.provider} answered 429", _pause(answer, said))
        if answer.status >= _ERRORS_OF_SERVER:
            raise Retry(f"{self.provider} answered {answer.status}")
        return answer.status, said

    async def post_json(self, url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> tuple[int, Any]:
        """The same with a JSON body."""
        return await self.post(url, orjson.dumps(body), {"Content-Type": "application/json", **headers})


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
