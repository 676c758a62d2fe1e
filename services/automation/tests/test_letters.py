"""Letters: templates within limits, and messages that cannot be bent by what is in them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.headerregistry import Address
from pathlib import Path
from uuid import UUID

import pytest
from automation.messages.letters import Templates
from automation.messages.media.port import Parcel
from automation.messages.smtp import address, compose
from automation.messages.wording import Said, TemplateInvalid, Variables
from hypothesis import given
from hypothesis import strategies as st
from liquid.exceptions import LiquidError

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SENDER = Address("Voronka", addr_spec="hello@voronka.test")


def parcel(said: Said, **more: object) -> Parcel:
    fields = {"message_id": UUID(int=7), "to": "anna@example.com", "written_at": AT, "language": "en"} | more
    return Parcel(said=said, **fields)


def said(
    shelf: Templates, template: str, language: str, name: str | None, company: str, link: str | None = None
) -> Said:
    return shelf.wording(template, language).render(Variables(name, company, link))


def templates(folder: Path, body: str, subject: str = "Hello") -> Templates:
    for language in ("ru", "en"):
        (folder / f"letter.{language}.liquid").write_text(f"Subject: {subject}\n\n{body}\n")
    return Templates(folder)


def test_the_welcome_letter_greets_by_name_in_both_languages() -> None:
    shipped = Templates()
    assert "Здравствуйте, Анна!" in said(shipped, "welcome", "ru", "Анна", "Ромашка").body
    english = said(shipped, "welcome", "en", "Anna", "Daisy")
    assert english.subject == "Anna, we have received your request"
    assert "Thank you for contacting Daisy." in english.body


def test_the_letter_with_a_quote_tells_its_link_in_both_languages() -> None:
    for language in ("ru", "en"):
        letter = said(Templates(), "quote", language, "Anna", "Daisy", "https://daisy.test/q/1.x-y_z")
        assert "\nhttps://daisy.test/q/1.x-y_z\n" in letter.body
        assert letter.body.endswith("Daisy\n")


@pytest.mark.parametrize("name", [None, "", " \n "])
def test_a_missing_name_leaves_no_gap(name: str | None) -> None:
    letter = said(Templates(), "welcome", "ru", name, "")
    assert letter.subject == "Мы получили ваше обращение"
    assert letter.body.startswith("Здравствуйте!\n")
    assert "None" not in letter.body
    assert "  " not in letter.body


@pytest.mark.parametrize(
    "bomb",
    [
        "{% for i in (1..1000000000) %}x{% endfor %}",
        "{% for i in (1..999) %}{% for j in (1..999) %}x{% endfor %}{% endfor %}",
        "{% assign a = 'xxxxxxxxxx' %}{% for i in (1..40) %}{% assign a = a | append: a %}{% endfor %}{{ a }}",
        "{% for i in (1..900) %}{{ customer.name | default: '" + "x" * 1000 + "' }}" + "y" * 1000 + "{% endfor %}",
        "{% assign a = '" + "x" * 20_000 + "' %}{{ a" + " | append: a" * 2_400 + " | truncate: 5 }}",
        "{% for i in (1..990) %}{{ '" + "x" * 20_000 + "'" + " | upcase" * 3_000 + " | truncate: 1 }}{% endfor %}",
        "{% for i in (1..990) %}" + "{%if 1==1 and 1==1 and 1==1%}{%endif%}" * 1_300 + "{% endfor %}x",
        "{% for i in (1..990) %}" + "".join(f"{{%assign a{n}=1%}}" for n in range(1_500)) + "{% endfor %}x",
        "{% for i in (1..31) %}" * 3 + "x" + "{% endfor %}" * 3,
        "{% for i in (1..999) %}{% for j in (1..i) %}x{% endfor %}{% endfor %}",
        "{% for i in (1..1000000000) reversed %}x{% break %}{% endfor %}",
        "{% for i in (1..1000000000) offset: 999999999 %}x{% endfor %}",
        "{% if (1..10000000000) contains 'x' %}x{% endif %}y",
        "{% if company %}x{% elsif (1..10000000000) contains 'x' %}x{% endif %}y",
        "{% capture a %}0123456789{% endcapture %}" + "{% capture a %}{{ a }}{{ a }}{% endcapture %}" * 40,
        "{{ " + "9" * 40_000 + " }}",
        "{{ " + "values[" * 5_000 + "'a'" + "]" * 5_000 + " }}",
        "{{ (1..100000000) | join: '' }}",
        "{{ '' | date: '%99999999d' }}",
        "{{ 9 | times: 9 }}",
        "{% include 'letter' %}",
        "{% render 'letter' %}",
        "{{ customer.__class__.__mro__ }}",
        "{{ customer.phone }}",
        "{% if %}",
        "{% for i in (1..9) %}" * 30 + "x" + "{% endfor %}" * 30,
        "x" * 60_000,
    ],
)
def test_a_template_that_could_eat_the_machine_or_see_more_is_refused_at_the_start(tmp_path: Path, bomb: str) -> None:
    started = time.process_time()
    with pytest.raises(TemplateInvalid) as refused:
        templates(tmp_path, bomb)
    assert time.process_time() - started < 20
    assert "letter.en.liquid" in str(refused.value)
    assert "letter.ru.liquid" in str(refused.value)


def test_limits_hold_when_a_letter_is_rendered_too(tmp_path: Path) -> None:
    text = (
        "{% if customer.name == 'Eve' %}" + "{% for i in (1..99) %}" * 2 + "x" + "{% endfor %}" * 2 + "{% endif %}Hello"
    )
    shown = templates(tmp_path, text)
    assert said(shown, "letter", "en", "Anna", "").body == "Hello\n"
    with pytest.raises(LiquidError):
        said(shown, "letter", "en", "Eve", "")


def test_a_template_without_subject_or_without_its_other_language_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.ru.liquid").write_text("Hello\n\nText\n")
    with pytest.raises(TemplateInvalid, match=r"a\.ru\.liquid: must be"):
        Templates(tmp_path)
    (tmp_path / "a.ru.liquid").write_text("Subject: {{ customer.name }}\n\nText\n")
    with pytest.raises(TemplateInvalid, match="subject: is empty where the name is unknown"):
        Templates(tmp_path)
    (tmp_path / "a.ru.liquid").write_text("Subject: Hello\n\nText\n")
    with pytest.raises(TemplateInvalid, match=r"a\.en\.liquid: there is no such file"):
        Templates(tmp_path)


def test_a_name_is_text_and_never_a_template() -> None:
    letter = said(Templates(), "welcome", "en", "{{ company }}{% for %}", "Daisy")
    assert letter.subject.startswith("{{ company }}{% for %},")


@given(name=st.text(max_size=200))
def test_no_name_can_add_a_header_or_break_a_message(name: str) -> None:
    letter = said(SHIPPED, "welcome", "en", name, "Daisy")
    recipient = address("anna@example.com")
    assert recipient is not None
    head = compose(parcel(letter), SENDER, recipient).as_bytes().split(b"\r\n\r\n", 1)[0]
    fields = [line.split(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert fields == [
        b"From",
        b"To",
        b"Subject",
        b"Date",
        b"Message-ID",
        b"X-Voronka-Message",
        b"Auto-Submitted",
        b"Content-Type",
        b"Content-Transfer-Encoding",
        b"MIME-Version",
    ]


SHIPPED = Templates()


def test_a_line_break_in_a_header_is_an_error_not_a_second_header() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        compose(parcel(Said("Hi\r\nBcc: e@example.com", "x")), SENDER, Address(addr_spec="a@example.com"))


def test_the_same_letter_again_is_the_same_bytes_and_has_the_same_message_id() -> None:
    recipient = Address(addr_spec="anna@example.com")
    one, two = (
        compose(parcel(Said("Hi", "Привет\n"), pixel="https://daisy.test/p"), SENDER, recipient) for _ in range(2)
    )
    assert one.as_bytes() == two.as_bytes()
    assert one["Message-ID"] == f"<{UUID(int=7)}@voronka.test>"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "anna",
        "anna@",
        "anna@example.com\r\nRCPT TO:<eve@example.com>",
        "a b@example.com",
        "<a@example.com>",
        "a@b@c.com",
    ],
)
def test_what_is_not_an_address_is_not_written_to(text: str) -> None:
    assert address(text) is None


def test_an_address_with_a_national_domain_is_written_in_its_ascii_form() -> None:
    assert address("anna@почта.рф") == Address(addr_spec="anna@xn--80a1acny.xn--p1ai")
