"""Amounts in words, as accountants write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from babel import Locale
from deals.documents.words import amount_in_digits, amount_in_words
from events.contracts.deals.documents import Language
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("amount", "currency", "language", "words"),
    [
        ("0", "RUB", "ru", "Ноль рублей 00 копеек"),
        ("1.01", "RUB", "ru", "Один рубль 01 копейка"),
        ("2.02", "RUB", "ru", "Два рубля 02 копейки"),
        ("11.11", "RUB", "ru", "Одиннадцать рублей 11 копеек"),
        ("1000", "RUB", "ru", "Одна тысяча рублей 00 копеек"),
        ("2021.50", "RUB", "ru", "Две тысячи двадцать один рубль 50 копеек"),
        (
            "1234567.89",
            "RUB",
            "ru",
            "Один миллион двести тридцать четыре тысячи пятьсот шестьдесят семь рублей 89 копеек",
        ),
        ("22.22", "USD", "ru", "Двадцать два доллара 22 цента"),
        ("5", "EUR", "ru", "Пять евро 00 центов"),
        ("21", "JPY", "ru", "Двадцать одна японская иена"),
        ("2.5", "GEL", "ru", "Два грузинских лари 50/100"),
        ("3.005", "KWD", "ru", "Три кувейтских динара 005/1000"),
        ("1234.56", "RUB", "en", "One thousand, two hundred and thirty-four roubles, 56 kopeks"),
        ("1", "USD", "en", "One dollar, 00 cents"),
        ("2", "JPY", "en", "Two Japanese yen"),
    ],
)
def test_amounts_are_written_in_words(amount: str, currency: str, language: Language, words: str) -> None:
    assert amount_in_words(Decimal(amount), currency, language) == words


@given(
    st.decimals(0, Decimal("99999999999999.99"), places=2),
    st.sampled_from(sorted(Locale("ru").currencies)),
    st.sampled_from(["ru", "en"]),
)
def test_every_amount_of_every_currency_has_words(amount: Decimal, currency: str, language: Language) -> None:
    assert amount_in_words(amount, currency, language)[0].isupper()
    assert amount_in_digits(amount, currency, language)
