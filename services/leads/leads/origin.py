"""Where a person came from, found by itself: the UTM source, else the advertising system whose click id is there, else
the page that led to the site, else the way the request came in. Click ids count where there is a page they stood on: a
lead form inside of an advertising system is a way in of its own.

Click ids are those of ``channels/utm.py``. Search engines tell what was searched for in a parameter of the referring
page's address, where they tell it at all; most leave it out today.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qs, urlsplit

from leads.channels import Inquiry
from leads.normalise import channel_name, one_line

MAX_TERM: Final = 500

BY_CLICK: Final = {
    "gclid": "google",
    "gbraid": "google",
    "wbraid": "google",
    "yclid": "yandex",
    "ymclid": "yandex",
    "rb_clickid": "vk",
    "fbclid": "facebook",
    "ctwa_clid": "facebook",
    "msclkid": "bing",
    "ttclid": "tiktok",
}
PAID: Final = frozenset(BY_CLICK) - {"fbclid"}
"""Click ids that only adverts have; Meta puts its own on every link that leads out."""

_SEARCH: Final = (
    (re.compile(r"(?:^|\.)google\.[a-z.]{2,6}$"), "google", "q"),
    (re.compile(r"(?:^|\.)(?:yandex\.[a-z.]{2,6}|ya\.ru)$"), "yandex", "text"),
    (re.compile(r"(?:^|\.)bing\.com$"), "bing", "q"),
    (re.compile(r"(?:^|\.)duckduckgo\.com$"), "duckduckgo", "q"),
    (re.compile(r"^go\.mail\.ru$"), "mail.ru", "q"),
    (re.compile(r"^nova\.rambler\.ru$"), "rambler", "query"),
    (re.compile(r"^search\.yahoo\.com$"), "yahoo", "p"),
)
"""Host, name for reports, parameter of the query."""

_SOCIAL: Final = {
    "vk.com": "vk",
    "vk.ru": "vk",
    "ok.ru": "ok",
    "dzen.ru": "dzen",
    "facebook.com": "facebook",
    "instagram.com": "instagram",
    "t.me": "telegram",
    "telegram.org": "telegram",
    "youtube.com": "youtube",
    "rutube.ru": "rutube",
    "linkedin.com": "linkedin",
    "x.com": "x",
    "t.co": "x",
    "tiktok.com": "tiktok",
    "pinterest.com": "pinterest",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """The channel for reports; ``medium`` and ``term`` where marks do not tell them."""

    channel: str
    medium: str | None = None
    term: str | None = None


def origin_of(inquiry: Inquiry, intake: str) -> Origin:
    """Where the person of a request came from. What is typed in marks wins over what can be concluded."""
    medium, term = inquiry.utm.get("medium"), inquiry.utm.get("term")
    found = _by_click(inquiry) or _by_referrer(inquiry)
    named = channel_name(inquiry.utm.get("source"))
    if named is not None:
        # The marks tell of another way than the referring page, unless they name the same.
        concluded = found if found and found.channel == named else Origin(named)
    else:
        concluded = found or Origin(intake)
    return Origin(concluded.channel, medium or concluded.medium, term or concluded.term)


def _by_click(inquiry: Inquiry) -> Origin | None:
    known = next((name for name in inquiry.click_ids if name in BY_CLICK), None)
    if known is None or not (inquiry.landing_page or inquiry.referrer):
        return None
    return Origin(BY_CLICK[known], "cpc" if known in PAID else "social")


def _by_referrer(inquiry: Inquiry) -> Origin | None:
    page = _split(inquiry.referrer)
    if page is None or page.hostname is None or _is_own(page.hostname, inquiry.landing_page):
        return None
    for host, engine, parameter in _SEARCH:
        if host.search(page.hostname):
            return Origin(engine, "organic", _searched(page, parameter))
    network = next((name for host, name in _SOCIAL.items() if _is_within(page.hostname, host)), None)
    return Origin(network, "social") if network else None


def _searched(page: SplitResult, parameter: str) -> str | None:
    try:
        asked = parse_qs(page.query, errors="replace", max_num_fields=200).get(parameter, [""])[0]
    except ValueError:
        return None
    return one_line(asked)[:MAX_TERM] or None


def _is_own(host: str, landing_page: str | None) -> bool:
    """A page of the site itself leads nowhere new."""
    landing = _split(landing_page)
    return landing is not None and landing.hostname is not None and _is_within(host, landing.hostname)


def _is_within(host: str, domain: str) -> bool:
    bare = domain.removeprefix("www.")
    return host == bare or host.endswith(f".{bare}")


def _split(url: str | None) -> SplitResult | None:
    if not url:
        return None
    try:
        return urlsplit(url if "//" in url else f"//{url}")
    except ValueError:
        return None
