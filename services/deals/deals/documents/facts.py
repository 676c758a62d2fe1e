"""What a document is filled with: the variables of every template, built in or uploaded, all of them text.

Amounts, numbers and dates are written out in the document's language already, so that a template needs no formats.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Annotated, get_args, get_origin

from events.contracts.deals.documents import DocumentKind, Language
from pydantic import AfterValidator, BaseModel, ConfigDict


def _printable(text: str) -> str:
    """Without control characters, which no document can hold, and without those that turn the direction of others."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))


Text = Annotated[str, AfterValidator(_printable)]


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)


class DocumentFacts(_Facts):
    """The document itself. ``date`` and ``due_on`` are days in words; ``note`` is what was written for it."""

    kind: DocumentKind
    number: Text
    version: Text
    date: Text
    due_on: Text | None = None
    note: Text | None = None


class DealFacts(_Facts):
    """The deal it belongs to."""

    number: Text
    title: Text | None = None
    value: Text | None = None
    value_in_words: Text | None = None


class CustomerFacts(_Facts):
    """The person."""

    name: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    middle_name: Text | None = None
    phone: Text | None = None
    email: Text | None = None


class Party(_Facts):
    """One of the two sides, as requisites name it. A person who buys for himself has a name and contacts only."""

    name: Text | None = None
    full_name: Text | None = None
    inn: Text | None = None
    kpp: Text | None = None
    ogrn: Text | None = None
    bik: Text | None = None
    account: Text | None = None
    correspondent_account: Text | None = None
    bank: Text | None = None
    address: Text | None = None
    phone: Text | None = None
    email: Text | None = None
    site: Text | None = None
    signatory: Text | None = None
    signatory_position: Text | None = None
    signatory_basis: Text | None = None
    accountant: Text | None = None


class LineFacts(_Facts):
    """A line. ``discounted`` is what came off, ``net`` + ``tax`` = ``gross``; an untaxed line has no ``tax_rate``."""

    number: Text
    title: Text
    quantity: Text
    unit: Text | None = None
    price: Text
    discounted: Text | None = None
    net: Text
    tax_rate: Text | None = None
    tax: Text | None = None
    gross: Text


class TotalFacts(_Facts):
    """The sums. ``tax`` is empty where nothing is taxed, and ``untaxed_because`` says why."""

    currency: Text
    count: Text
    subtotal: Text
    discounted: Text | None = None
    net: Text
    tax: Text | None = None
    untaxed_because: Text | None = None
    gross: Text
    gross_in_words: Text


class Facts(_Facts):
    """Everything a template may say. ``buyer`` is the organisation, or the person where there is none."""

    language: Language
    document: DocumentFacts
    deal: DealFacts
    customer: CustomerFacts
    buyer: Party
    seller: Party
    lines: tuple[LineFacts, ...]
    total: TotalFacts


def _paths(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if get_origin(inner) is tuple:
            yield f"{prefix}{name}[]"
            yield from _paths(get_args(inner)[0], f"{prefix}{name}[].")
        elif isinstance(inner, type) and issubclass(inner, BaseModel):
            yield f"{prefix}{name}"
            yield from _paths(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


VARIABLES = frozenset(_paths(Facts))
"""Every variable by its path; ``[]`` stands for each element of a list: ``lines[].title``."""


def missing(facts: dict[str, object], required: Iterable[str]) -> list[str]:
    """Those of the paths that have no value; a list is missing a path where one of its elements is."""
    return sorted(path for path in required if any(value in (None, "") for value in _values(facts, path.split("."))))


def _values(facts: object, steps: list[str]) -> Iterator[object]:
    if not steps:
        yield facts
        return
    step, *further = steps
    value = facts.get(step.removesuffix("[]")) if isinstance(facts, dict) else None
    if step.endswith("[]"):
        for element in value if isinstance(value, list | tuple) else ():
            yield from _values(element, further)
    else:
        yield from _values(value, further)
