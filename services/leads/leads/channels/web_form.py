"""Own web form: a page's script or the browser itself posts JSON, urlencoded or multipart fields.

Secrets: the form's public key (field or query parameter `key`, header `X-Form-Key`). It stands in the page, so it
tells forms apart and can be changed, but proves little; the option `origins` (space-separated, `https://shop.ru`)
limits which sites may post, as far as browsers keep to it. At least one of the two must be configured.

Other options: `honeypot` (name of the field that people do not see, `_gotcha` when not set), `redirect` (address
shown after a post without script), `timezone` and `field.*` as in `form.py`. Idempotency key: field `request_id` or
header `Idempotency-Key`; without them equal bodies in the same ten minutes are one submission.

Consent: the value of the box `consent` names what a ticked box agrees to, purposes with or without a channel
(`personal_data, marketing:email`), the hidden field `consent_version` the version of the text beside it.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from events.webhooks import Ignored, RawRequest, Reply, Source, Unreadable, Unverified

from leads.channels.base import Agreed, Channel, Fact
from leads.channels.body import fields
from leads.channels.form import content_id, read_form
from leads.channels.proof import query, require_secret
from leads.channels.values import identifier, rest

_OWN_FIELDS: Final = ("key", "request_id", "is_test")
_CONSENT: Final = ("consent", "consent_version")
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")


class WebForm(Channel):
    name = "web_form"

    def verify(self, request: RawRequest, source: Source) -> None:
        origins = source.options.get("origins", "").split()
        if not source.secrets and not origins:
            raise Unverified(f"source {source.name} has neither a form key nor allowed origins")
        if origins and request.header("origin") not in origins:
            raise Unverified("the form stands on a site that is not allowed")
        if source.secrets:
            require_secret(_keys(request), source, "the form key")

    def handshake(self, request: RawRequest, source: Source) -> Reply | None:
        """A browser's preflight request (Fetch standard, CORS)."""
        if request.method != "OPTIONS":
            return None
        allowed = (
            *_cross_origin(request, source),
            ("access-control-allow-methods", "POST"),
            ("access-control-allow-headers", "content-type, idempotency-key, x-form-key"),
            ("access-control-max-age", "86400"),
        )
        return Reply(204, b"", headers=allowed)

    def reply(self, request: RawRequest, source: Source) -> Reply:
        page = source.options.get("redirect")
        if page and "text/html" in (request.header("accept") or ""):
            return Reply(303, b"", headers=(("location", page),))
        return Reply(202, b'{"accepted":true}', "application/json", _cross_origin(request, source))

    def parse(self, request: RawRequest, source: Source) -> list[Fact]:
        given = fields(request)
        honeypot = source.options.get("honeypot", "_gotcha")
        if given.get(honeypot):
            raise Ignored("a robot filled the hidden field")
        key = given.get("request_id") or request.header("idempotency-key")
        provider_id = identifier(key, "request_id") if key else content_id(request)
        agreed = _agreed(given)
        own = (honeypot, *_OWN_FIELDS, *(_CONSENT if agreed else ()))
        inquiry = read_form(rest(given, *own), request, source, provider_id=provider_id)
        return [replace(inquiry, is_test=given.get("is_test") in (True, "true", "1"), agreed=agreed)]


def _agreed(given: Mapping[str, Any]) -> tuple[Agreed, ...]:
    """What the ticked box agrees to; nothing where either field is not as it should be: it stays a detail then."""
    told, version = given.get("consent"), given.get("consent_version")
    if not isinstance(told, str) or not isinstance(version, str) or not _CODE.fullmatch(version):
        return ()
    found = []
    for one in told.split(","):
        purpose, colon, channel = one.strip().partition(":")
        if not _CODE.fullmatch(purpose) or (colon and not _CODE.fullmatch(channel)):
            return ()
        found.append(Agreed(purpose, version, channel or None))
    return tuple(dict.fromkeys(found))[:20]


def _keys(request: RawRequest) -> list[str | None]:
    """The header's or the query's; the body is read for one only where neither is there: it costs as much again."""
    outside = [request.header("x-form-key"), query(request).get("key")]
    if any(outside):
        return outside
    try:
        in_body = fields(request).get("key")
    except Unreadable:
        return []
    return [in_body] if isinstance(in_body, str) else []


def _cross_origin(request: RawRequest, source: Source) -> tuple[tuple[str, str], ...]:
    origin = request.header("origin")
    allowed = source.options.get("origins", "").split()
    if origin is None or (allowed and origin not in allowed):
        return ()
    return (("access-control-allow-origin", origin), ("vary", "origin"))
