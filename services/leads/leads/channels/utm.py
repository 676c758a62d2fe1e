"""Where a visitor came from: UTM marks and the click ids of advertising systems.

UTM names: Google Analytics help, "URL builders: collect campaign data with custom URLs". Click ids: the parameter
names that advertising systems add to the landing page's address.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from leads.normalise import one_line

MARKS: Final = {
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_campaign": "campaign",
    "utm_content": "content",
    "utm_term": "term",
}
CLICK_IDS: Final = {
    "gclid": "gclid",  # Google Ads
    "gcl_id": "gclid",  # Google Ads, in lead form webhooks
    "gbraid": "gbraid",
    "wbraid": "wbraid",
    "yclid": "yclid",  # Yandex Direct
    "ymclid": "ymclid",  # Yandex Market
    "fbclid": "fbclid",  # Meta
    "ctwa_clid": "ctwa_clid",  # Meta, adverts that open WhatsApp
    "rb_clickid": "rb_clickid",  # VK Ads
    "msclkid": "msclkid",  # Microsoft Advertising
    "ttclid": "ttclid",  # TikTok
    "roistat": "roistat",
    "roistat_visit": "roistat",
}
MAX_VALUE: Final = 500
_MAX_QUERY_FIELDS: Final = 200


def marks(*origins: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """UTM marks and click ids. An earlier origin wins over a later one, mark by mark; empty values do not count."""
    utm: dict[str, str] = {}
    clicks: dict[str, str] = {}
    for origin in origins:
        for name, value in origin.items():
            key = name.casefold()
            found, short = (utm, MARKS.get(key)) if key in MARKS else (clicks, CLICK_IDS.get(key))
            if short and (line := one_line(value)[:MAX_VALUE]):
                found.setdefault(short, line)
    return utm, clicks


def of_fields(fields: Mapping[str, Any]) -> dict[str, str]:
    """The text fields among form fields that are marks or click ids."""
    return {k: v for k, v in fields.items() if isinstance(v, str) and is_mark(k)}


def of_url(url: str | None) -> dict[str, str]:
    """The query parameters of a page's address; nothing when the address cannot be read."""
    if not url:
        return {}
    try:
        return _first(parse_qsl(urlsplit(url).query, errors="replace", max_num_fields=_MAX_QUERY_FIELDS))
    except ValueError:
        return {}


def of_tilda_cookies(cookies: str | None) -> dict[str, str]:
    """Marks that Tilda's page script keeps for 30 days in the cookie `TILDAUTM`.

    The cookie is a percent-encoded list `utm_source=yandex|||utm_medium=cpc|||…`, as Tilda's own scripts write it.
    """
    for cookie in (cookies or "").split(";"):
        name, _, value = cookie.strip().partition("=")
        if name == "TILDAUTM":
            pairs = (pair.partition("=") for pair in unquote(value, errors="replace").split("|||"))
            return _first((key, unquote(mark, errors="replace")) for key, _, mark in pairs)
    return {}


def is_mark(name: str) -> bool:
    key = name.casefold()
    return key in MARKS or key in CLICK_IDS


def _first(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found
