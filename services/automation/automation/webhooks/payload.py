"""What is sent: a message of Standard Webhooks (https://www.standardwebhooks.com, spec 1.0.0), signed.

The body is JSON: ``type``, ``timestamp`` (when it happened), ``data`` (the event's fields), and what a receiver needs
to put things in order by himself: ``id`` of the event, ``stream_id``, ``version`` there, ``recorded_at``. Sealed
fields are left out, or opened for an endpoint that may have personal data; one that cannot be opened is left out too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from events.contracts.automation import WebhookCallRequested
from events.envelope import Recorded
from events.privacy import CustomerKey
from standardwebhooks import Webhook

CALL: Final = "rule.called"
"""Type of the message that a rule sends by ``call_webhook``."""

_SEALED = re.compile(r"s1\.[\w-]{38,}")


def message_of(recorded: Recorded) -> dict[str, Any]:
    """The message of an event, sealed as the event is."""
    call = recorded.event if isinstance(recorded.event, WebhookCallRequested) else None
    return {
        "type": CALL if call else recorded.type,
        "timestamp": recorded.occurred_at.isoformat(),
        "id": str(recorded.id),
        "stream_id": str(recorded.stream_id),
        "version": recorded.version,
        "recorded_at": recorded.recorded_at.isoformat(),
        "data": orjson.loads(recorded.body),
    }


def rendered(message: Mapping[str, Any], key: CustomerKey | None) -> bytes:
    """The bytes to be sent; ``key`` opens what is sealed, without one it is left out."""
    return orjson.dumps({**message, "data": _opened(message["data"], key)})


def headers_of(message_id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The headers, with a signature by each secret (``whsec_…``), the newest first."""
    signatures = [Webhook(secret).sign(message_id, at, body.decode()) for secret in secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": "Voronka-Webhooks",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def holds_sealed(value: Any) -> bool:
    """Is anything sealed in it?"""
    match value:
        case str():
            return _is_sealed(value)
        case dict():
            return any(map(holds_sealed, value.values()))
        case list():
            return any(map(holds_sealed, value))
    return False


def _is_sealed(text: str) -> bool:
    return _SEALED.fullmatch(text) is not None


def _opened(value: Any, key: CustomerKey | None) -> Any:
    match value:
        case dict():
            fields = {name: _opened(inner, key) for name, inner in value.items()}
            return {name: inner for name, inner in fields.items() if inner is not None}
        case list():
            return [inner for inner in (_opened(one, key) for one in value) if inner is not None]
        case str() if _is_sealed(value):
            return key.open(value) if key else None
    return value
