"""Any service that posts JSON: the source says by JMESPath (jmespath.org) where each part of an inquiry stands.

Options `map.id` (needed), `map.name`, `map.phones`, `map.emails`, `map.text`, `map.occurred_at`, `map.referrer`,
`map.landing_page`, `map.wanted_call_at`, `map.is_test`, `map.<messenger>`; for instance `map.phones =
"contact.phones[].number"`. `items` is an expression for a list when one request holds several inquiries; `kind` is
the kind of inquiry (`form` when not set); `timezone` reads times without an offset. UTM marks and click ids are taken
from fields of that name at the top, then from the landing page.

Secrets: with the option `signature_header` the key of a hex HMAC-SHA256 over the raw body (an optional `sha256=`
before it), otherwise a secret in the address or header.
"""

import hmac
from typing import Any, Final, get_args

import jmespath
from events.webhooks import RawRequest, Source, Unreadable
from jmespath.exceptions import JMESPathError

from leads.channels.base import Channel, Inquiry, Kind
from leads.channels.body import json_object
from leads.channels.form import DEFAULT_ZONE, MESSENGERS
from leads.channels.proof import keys, require_shared_secret, require_signature
from leads.channels.utm import marks, of_fields, of_url
from leads.channels.values import identifier, listing, mapping, moment, text, texts

_KINDS: Final = get_args(Kind)


class Generic(Channel):
    name = "generic"

    def verify(self, request: RawRequest, source: Source) -> None:
        header = source.options.get("signature_header")
        if header is None:
            return require_shared_secret(request, source)
        given = (request.header(header.lower()) or "").removeprefix("sha256=").lower()
        expected = [hmac.digest(key, request.body, "sha256").hex() for key in keys(source)]
        return require_signature(given, expected, header)

    def parse(self, request: RawRequest, source: Source) -> list[Inquiry]:
        body = json_object(request.body)
        found = listing(_find(source.options["items"], body), "items") if "items" in source.options else [body]
        if not found:
            raise Unreadable("items: the request holds an empty list")
        return [_inquiry(mapping(item, "items"), request, source) for item in found]


def _inquiry(item: dict[str, Any], request: RawRequest, source: Source) -> Inquiry:
    def at(slot: str) -> Any:
        expression = source.options.get(f"map.{slot}")
        return _find(expression, item) if expression else None

    zone = source.options.get("timezone", DEFAULT_ZONE)
    landing_page = text(at("landing_page"), "map.landing_page")
    utm, clicks = marks(of_fields(item), of_url(landing_page))
    occurred_at, wanted = at("occurred_at"), at("wanted_call_at")
    return Inquiry(
        provider_id=identifier(at("id"), "map.id"),
        occurred_at=request.received_at if occurred_at is None else moment(occurred_at, "map.occurred_at", zone),
        kind=_kind(source),
        name=text(at("name"), "map.name"),
        phones=texts(at("phones"), "map.phones"),
        emails=texts(at("emails"), "map.emails"),
        messengers=tuple((app, handle) for app in MESSENGERS for handle in texts(at(app), f"map.{app}")),
        text="\n".join(texts(at("text"), "map.text")) or None,
        utm=utm,
        click_ids=clicks,
        referrer=text(at("referrer"), "map.referrer"),
        landing_page=landing_page,
        wanted_call_at=None if wanted is None else moment(wanted, "map.wanted_call_at", zone),
        is_test=at("is_test") is True,
        details=item,
    )


def _kind(source: Source) -> Kind:
    kind = source.options.get("kind", "form")
    if kind not in _KINDS:
        raise Unreadable(f"option kind must be one of {', '.join(_KINDS)}")
    return kind  # type: ignore[return-value]


def _find(expression: str, item: dict[str, Any]) -> Any:
    try:
        return jmespath.search(expression, item)
    except JMESPathError as error:
        raise Unreadable(f"the expression {expression} does not fit the body") from error
