"""Amounts, numbers and dates as documents write them, in Russian and English.

Words come from num2words, where it knows the currency; other currencies are named by the CLDR (babel), with their
minor units as a fraction: «двадцать пять грузинских лари 50/100».
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_name, get_currency_precision
from events.contracts.deals.documents import Language
from num2words import num2words
from num2words.lang_EN import Num2Word_EN
from num2words.lang_RU import Num2Word_RU

_KNOWN: Final = {"ru": Num2Word_RU.CURRENCY_FORMS, "en": Num2Word_EN.CURRENCY_FORMS}
_DAYS: Final = {"ru": "d MMMM y 'г.'", "en": "d MMMM y"}


def amount_in_words(amount: Decimal, currency: str, language: Language) -> str:
    """An amount of zero or more, its minor units in digits: «Сто рублей 50 копеек», "One rouble, 50 kopeks"."""
    precision = get_currency_precision(currency)
    amount = amount.quantize(Decimal(1).scaleb(-precision))
    if precision == 2 and currency in _KNOWN[language]:
        separator = "" if language == "ru" else ","
        text: str = num2words(amount, lang=language, to="currency", currency=currency, cents=False, separator=separator)
    else:
        whole, minor = divmod(amount, 1)
        name = get_currency_name(currency, int(whole), locale=language)
        gender = {"gender": "f"} if language == "ru" and _is_feminine(currency) else {}
        fraction = f" {int(minor.scaleb(precision)):0{precision}d}/{10**precision}" if precision else ""
        text = f"{num2words(int(whole), lang=language, **gender)} {name}{fraction}"
    return text[:1].upper() + text[1:]


def amount_in_digits(amount: Decimal, currency: str, language: Language) -> str:
    """An amount with all its minor units: «1 234,50», "1,234.50"."""
    precision = get_currency_precision(currency)
    return number_in_digits(amount, language, f"#,##0.{'0' * precision}" if precision else "#,##0")


def number_in_digits(number: Decimal, language: Language, pattern: str = "#,##0.######") -> str:
    """A quantity or a rate, without zeros behind the point."""
    return format_decimal(number, format=pattern, locale=language, decimal_quantization=True)


def day_in_words(day: date, language: Language) -> str:
    """«2 марта 2026 г.», "2 March 2026"."""
    return format_date(day, format=_DAYS[language], locale=language)


def count_in_words(count: int, language: Language) -> str:
    """«Три», "Three"."""
    text: str = num2words(count, lang=language)
    return text[:1].upper() + text[1:]


def _is_feminine(currency: str) -> bool:
    """By the ending of its Russian name: иена, лира, рупия; indeclinable names are masculine."""
    return get_currency_name(currency, 1, locale="ru").endswith(("а", "я"))
