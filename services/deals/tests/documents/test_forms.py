"""The forms that are built in, as PDF: what stands on them, on how many pages, in both languages."""

from __future__ import annotations

import io
import re

import pytest
from deals.documents import pdf
from deals.documents.facts import Party
from deals.documents.rendering import Renderer
from deals.documents.sandbox import Refused
from events.contracts.deals.documents import DocumentKind, Language
from events.testing import AT
from pypdf import PdfReader

from .samples import facts


def text_of(content: bytes) -> tuple[str, int]:
    """The text with blanks folded and hyphens at the ends of lines taken out, and the number of pages."""
    reader = PdfReader(io.BytesIO(content))
    text = "\n".join(page.extract_text() for page in reader.pages)
    return re.sub(r"\s+", " ", re.sub(r"[-\u2010\u00ad]\n", "", text)), len(reader.pages)


def test_a_russian_invoice_has_what_a_payer_and_an_accountant_need() -> None:
    text, pages = text_of(pdf.compile_form(facts("invoice"), AT))
    assert pages == 1
    for words in (
        "БИК", "044525225", "40702810938000000001", "30101810400000000225", "Банк получателя", "Получатель",
        "Счёт на оплату № 2026-0017 от 2 марта 2026 г.", "Поставщик:", "Покупатель:", "ИНН 5047013212",
        "Настройка системы учёта заявок", "74 073,00", "В том числе НДС: 12 345,51", "Всего наименований 3",
        "Семьдесят четыре тысячи семьдесят три рубля 00 копеек", "Оплатить не позднее 16 марта 2026 г.",
        "Руководитель", "Бухгалтер", "Петрова А. А.",
    ):  # fmt: skip
        assert words in text.replace("\u00a0", " ").replace("\u202f", " "), words


@pytest.mark.parametrize("kind", pdf.BUILT_IN)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_form_is_there_in_both_languages(kind: DocumentKind, language: Language) -> None:
    text, pages = text_of(pdf.compile_form(facts(kind, language), AT))
    assert pages == 1
    assert "2026-0017" in text
    assert ("от 2 марта" if language == "ru" else "of 2 March") in text
    cyrillic = {"ru": "Заказчик Покупатель Кому", "en": "Customer Buyer To"}[language].split()
    assert any(word in text for word in cyrillic)


@pytest.mark.parametrize("kind", pdf.BUILT_IN)
def test_two_hundred_lines_with_long_titles_stand_on_many_pages_with_head_and_number(kind: DocumentKind) -> None:
    title = "Очень длинное наименование с подробным описанием всех свойств " * 4
    text, pages = text_of(pdf.compile_form(facts(kind, count=200, title=title, discounted=True), AT))
    assert 10 < pages < 30
    assert text.count("Наименование Кол-во") == len(re.findall("Наименование Кол-во", text)) >= pages - 2
    assert f"Страница {pages} из {pages}" in text
    assert "Скидка" in text
    assert " 200 " in text


def test_a_long_note_goes_over_pages() -> None:
    text, pages = text_of(pdf.compile_form(facts("offer", note="Условие поставки номер один. " * 400), AT))
    assert pages >= 3
    assert text.count("Условие") == 400


@pytest.mark.parametrize(
    "hostile", ["#panic()", "*bold* _i_ $x$ `r` <label> @ref //c /*c*/ \\ ~", '"); panic("', "= head", "- list"]
)
def test_what_looks_like_code_is_text(hostile: str) -> None:
    text, _ = text_of(pdf.compile_form(facts("invoice", title=hostile, buyer=Party(name=hostile)), AT))
    assert text.count(re.sub(r"\s+", " ", hostile)) == 4


def test_what_is_not_taxed_says_why() -> None:
    text, _ = text_of(pdf.compile_form(facts("invoice", taxed=False), AT))
    assert "Без налога (НДС)" in text
    assert "НДС не облагается: применяется упрощённая система налогообложения" in text


def test_equal_facts_give_equal_bytes() -> None:
    assert pdf.compile_form(facts("act"), AT) == pdf.compile_form(facts("act"), AT)


async def test_the_press_gives_what_the_form_gives() -> None:
    assert await Renderer().compile_form(facts("act"), AT) == pdf.compile_form(facts("act"), AT)


async def test_a_kind_without_a_form_is_refused_by_the_press() -> None:
    with pytest.raises(Refused) as error:
        await Renderer().compile_form(facts("other"), AT)
    assert error.value.code == "no_form"
