"""What all of Meta's webhooks share: the handshake and the signature (developers.facebook.com, Graph API, Webhooks).

Options: `verify_token`, one or two separated by a space while it is replaced. Secrets: the app secret;
`X-Hub-Signature-256` = `sha256=` + hex HMAC-SHA256 of the raw body.
"""

import hmac
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from events.webhooks import RawRequest, Reply, Source

from leads.channels.proof import keys, query, require_secret, require_signature
from leads.channels.values import listing, mapping


def handshake(request: RawRequest, source: Source) -> Reply | None:
    """`GET ?hub.mode=subscribe&hub.verify_token=…&hub.challenge=…` is answered by the challenge itself."""
    asked = query(request) if request.method == "GET" else {}
    if asked.get("hub.mode") != "subscribe":
        return None
    tokens = replace(source, secrets=tuple(source.options.get("verify_token", "").split()))
    require_secret([asked.get("hub.verify_token")], tokens, "hub.verify_token")
    return Reply(body=asked.get("hub.challenge", "").encode(errors="replace"))


def verify(request: RawRequest, source: Source) -> None:
    expected = ["sha256=" + hmac.digest(key, request.body, "sha256").hex() for key in keys(source)]
    require_signature(request.header("x-hub-signature-256"), expected, "X-Hub-Signature-256")


def changes(notice: dict[str, Any], field: str) -> Iterator[dict[str, Any]]:
    """The `value` of every change of one field, over all entries: Meta puts up to 1000 of them in one request."""
    for entry in listing(notice.get("entry"), "entry"):
        for item in listing(mapping(entry, "entry").get("changes", []), "changes"):
            change = mapping(item, "change")
            if change.get("field") == field:
                yield mapping(change.get("value"), "value")
