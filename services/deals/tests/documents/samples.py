"""Facts that documents of tests are made of."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from deals.documents.facts import (
    CustomerFacts,
    DealFacts,
    DocumentFacts,
    Facts,
    LineFacts,
    Party,
    TotalFacts,
)
from deals.documents.words import amount_in_digits, amount_in_words
from events.contracts.deals.documents import DocumentKind, Language

SELLER = Party(
    name="ООО «Воронка»",
    full_name="Общество с ограниченной ответственностью «Воронка»",
    inn="7707083893",
    kpp="773601001",
    ogrn="1027700132195",
    bik="044525225",
    account="40702810938000000001",
    correspondent_account="30101810400000000225",
    bank="ПАО Сбербанк, г. Москва",
    address="117997, г. Москва, ул. Вавилова, д. 19",
    phone="+7 495 000-00-00",
    email="info@example.ru",
    site="voronka.example",
    signatory="Иванов И. И.",
    signatory_position="Генеральный директор",
    signatory_basis="Устава",
    accountant="Петрова А. А.",
)
BUYER = Party(
    name="ООО «Ромашка»",
    full_name="Общество с ограниченной ответственностью «Ромашка»",
    inn="5047013212",
    kpp="504701001",
    address="141400, Московская обл., г. Химки, ул. Ленина, д. 1",
    phone="+7 912 345-67-89",
    signatory="Анна Петрова",
    signatory_position="Директор",
)


def facts(
    kind: DocumentKind = "invoice",
    language: Language = "ru",
    *,
    count: int = 3,
    title: str = "Настройка системы учёта заявок",
    taxed: bool = True,
    discounted: bool = False,
    note: str | None = None,
    buyer: Party = BUYER,
    currency: str = "RUB",
) -> Facts:
    price, off = Decimal("12345.50"), Decimal("345.50") if discounted else Decimal(0)
    gross = price * 2 - off
    tax = (gross / 6).quantize(Decimal("0.01")) if taxed else Decimal(0)

    def told(amount: Decimal) -> str:
        return amount_in_digits(amount, currency, language)

    line: dict[str, Any] = {
        "title": title,
        "quantity": "2",
        "unit": "ч" if language == "ru" else "h",
        "price": told(price),
        "discounted": told(off) if discounted else None,
        "net": told(gross - tax),
        "tax_rate": "20" if taxed else None,
        "tax": told(tax) if taxed else None,
        "gross": told(gross),
    }
    return Facts(
        language=language,
        document=DocumentFacts(
            kind=kind,
            number="2026-0017",
            version="1",
            date="2 марта 2026 г." if language == "ru" else "2 March 2026",
            due_on="16 марта 2026 г." if language == "ru" else "16 March 2026",
            note=note,
        ),
        deal=DealFacts(number="D-000123", title="Внедрение CRM", value=told(gross * count)),
        customer=CustomerFacts(name="Петрова Анна Ильинична", phone="+79123456789"),
        buyer=buyer,
        seller=SELLER,
        lines=tuple(LineFacts(number=str(n), **line) for n in range(1, count + 1)),
        total=TotalFacts(
            currency=currency,
            count=str(count),
            subtotal=told(price * 2 * count),
            discounted=told(off * count) if discounted else None,
            net=told((gross - tax) * count),
            tax=told(tax * count) if taxed else None,
            untaxed_because=None if taxed else "применяется упрощённая система налогообложения",
            gross=told(gross * count),
            gross_in_words=amount_in_words(gross * count, currency, language),
        ),
    )
