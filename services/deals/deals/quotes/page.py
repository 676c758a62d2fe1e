"""The page of a quote: HTML that needs no script and loads nothing, in Russian and English (WCAG 2.2 AA in mind).

Everything that people wrote is escaped; the only style is in the page, and the policy names its hash.
"""

from __future__ import annotations

import base64
import hashlib
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import yaml
from babel.core import negotiate_locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from events.contracts.deals import Line
from events.problems import Problem
from liquid import Environment

from deals.quotes.models import PublicQuote

Language = Literal["ru", "en"]

_HERE = Path(__file__).parent
_SOURCE = (_HERE / "page.html.liquid").read_text("utf-8")
_PAGE = Environment(autoescape=True).from_string(_SOURCE)
_WORDS: dict[str, Any] = yaml.safe_load((_HERE / "words.yaml").read_text("utf-8"))
_STYLE = _SOURCE.partition("<style>")[2].partition("</style>")[0]
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


def language_of(accept_language: str) -> Language:
    """The first language of the header that there is; Russian otherwise."""
    wanted = [part.partition(";")[0].strip().replace("-", "_") for part in accept_language.split(",")]
    found = negotiate_locale([one for one in wanted if one], ["ru", "en"])
    return "en" if found == "en" else "ru"


def quote(shown: PublicQuote, token: str, language: Language) -> str:
    """The page of a quote: what is offered, and, while it stands, the two answers."""
    words = _WORDS[language]
    day = format_date(shown.valid_until, "long", locale=language)
    currency = shown.totals.currency
    return _PAGE.render(
        language=language,
        title=words["title"].format(number=shown.number),
        message=words["states"][shown.state].format(day=day),
        words=words,
        token=token,
        quote=shown.model_dump(mode="json"),
        lines=[_line(line, currency, language) for line in shown.lines],
        totals={name: _money(getattr(shown.totals, name), currency, language) for name in ("tax", "gross")},
        reasons=list(words["reasons"].items()),
    )


def refusal(problem: Problem, language: Language) -> str:
    """The page that says why a link or an answer is refused, in plain words."""
    words = _WORDS[language]
    rule = (problem.hint or "").removeprefix("rule: ")
    message = words["rules"].get(rule) or words["problems"].get(problem.slug) or words["problems"]["conflict"]
    return _PAGE.render(language=language, title=words["refused"], message=message, words=words, quote=None)


def _line(line: Line, currency: str, language: Language) -> dict[str, str]:
    amount = format_decimal(line.quantity, locale=language)
    return {
        "title": line.title,
        "quantity": f"{amount} {line.unit}" if line.unit else amount,
        **{name: _money(getattr(line, name), currency, language) for name in ("price", "discounted", "tax", "gross")},
    }


def _money(amount: Decimal, currency: str, language: Language) -> str:
    return format_currency(amount, currency, locale=language)
