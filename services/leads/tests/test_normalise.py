"""Phones, e-mails and names become comparable; the fast paths say nothing that the libraries would not."""

import phonenumbers
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st
from leads import normalise
from leads.normalise import NotNormal

DIGITS = st.text("0123456789", min_size=9, max_size=9)
GAPS = st.text(" ()-", max_size=3)


def by_the_library(text: str, region: str = "RU") -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_or_none(text: str, region: str = "RU") -> str | None:
    try:
        return normalise.phone(text, region)
    except NotNormal:
        return None


@st.composite
def spaced_mobiles(draw: st.DrawFn) -> str:
    """Ten digits like a Russian mobile number, with brackets, spaces and hyphens in any place."""
    number = draw(st.sampled_from(("+7", "7", "8", ""))) + "9" + draw(DIGITS)
    return "".join(draw(GAPS) + sign for sign in number) + draw(GAPS)


@settings(max_examples=500)
@given(spaced_mobiles())
def test_the_fast_path_for_phones_equals_the_library(text: str) -> None:
    assert phone_or_none(text) == by_the_library(text)


def test_the_fast_path_takes_exactly_the_mobile_numbers_that_the_library_calls_valid() -> None:
    """Every prefix of five digits, and of seven where the metadata is finer."""
    prefixes = [f"9{n:04}" for n in range(0, 10_000, 7)] + [f"9300{n:03}" for n in range(1000)]
    for prefix in prefixes:
        number = prefix.ljust(10, "4")
        fast = normalise._RUSSIAN_MOBILE.fullmatch(number) is not None
        assert fast == (by_the_library("+7" + number) is not None), number


@settings(max_examples=500)
@given(st.text("+0123456789 ()-.;,#extдоб７＋٣", max_size=24) | st.text(max_size=20))
def test_whatever_is_typed_as_a_phone_reads_as_the_library_reads_it(text: str) -> None:
    expected = by_the_library(normalise.one_line(text))

    assert phone_or_none(text) == expected


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("8 (912) 345-67-89", "+79123456789"),
        ("+7 912 345 67 89", "+79123456789"),
        ("9123456789", "+79123456789"),
        ("79123456789", "+79123456789"),
        ("8 (495) 123-45-67", "+74951234567"),
        ("+375 29 123-45-67", "+375291234567"),
        ("+49 30 901820", "+4930901820"),
        ("\u202a+79123456789\u202c", "+79123456789"),
        ("8(912)345-67-89\x00", "+79123456789"),
        ("   ", None),
        ("-", None),
        ("нет", None),
        (None, None),
    ],
)
def test_phones_are_read_as_people_type_them(typed: str | None, normal: str | None) -> None:
    assert normalise.phone(typed) == normal


@pytest.mark.parametrize("typed", ["123", "+7 000 000 00 00", "завтра", "8 912 345 67 8", "+", "9" * 500])
def test_a_false_phone_is_refused_without_repeating_it(typed: str) -> None:
    with pytest.raises(NotNormal) as refused:
        normalise.phone(typed)
    assert typed not in refused.value.reason


def test_a_local_number_is_read_in_the_region_of_the_setting() -> None:
    assert normalise.phone("(020) 7946 0018", "GB") == "+442079460018"
    assert phone_or_none("9123456789", "GB") == by_the_library("9123456789", "GB")


LABELS = st.text("abcdefgh0129-", min_size=1, max_size=8)
LOCALS = st.text("abcXYZ019._+-'", min_size=1, max_size=12)
TOPS = st.sampled_from(
    (
        "ru",
        "com",
        "net",
        "org",
        "info",
        "io",
        "su",
        "by",
        "kz",
        "ua",
        "de",
        "uk",
        "test",
        "local",
        "invalid",
        "рф",
        "xn--p1ai",
    )
)


@settings(max_examples=500)
@given(LOCALS, st.lists(LABELS, min_size=1, max_size=4), TOPS)
def test_the_fast_path_for_emails_equals_the_library(local: str, labels: list[str], top: str) -> None:
    address = f"{local}@{'.'.join([*labels, top])}"
    try:
        expected = validate_email(address, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        expected = None
    try:
        found = normalise.email(address)
    except NotNormal:
        found = None

    assert found == expected


@settings(max_examples=300)
@given(st.from_regex(normalise._PLAIN_EMAIL, fullmatch=True).filter(lambda address: len(address) <= 254))
def test_whatever_the_fast_path_for_emails_lets_through_the_library_leaves_unchanged(address: str) -> None:
    assert validate_email(address, check_deliverability=False).normalized == address == normalise.email(address)


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        (" Ivan.Petrov@Example.COM ", "ivan.petrov@example.com"),
        ("Иван@почта.рф", "иван@почта.рф"),
        ("ivan@xn--80a1acny.xn--p1ai", "ivan@почта.рф"),
        ("N/A", None),
        ("", None),
    ],
)
def test_emails_are_lowered_and_their_domains_written_in_one_way(typed: str, normal: str | None) -> None:
    assert normalise.email(typed) == normal


@pytest.mark.parametrize(
    "typed", ["ivan", "ivan@", "@example.com", "a@b", "ivan@exa mple.com", "a" * 250 + "@example.com"]
)
def test_a_false_email_is_refused_without_repeating_it(typed: str) -> None:
    with pytest.raises(NotNormal) as refused:
        normalise.email(typed)
    assert typed not in refused.value.reason


def test_a_placeholder_of_the_source_means_no_answer() -> None:
    chosen = normalise.PLACEHOLDERS | {"select", "test@example.com"}

    assert normalise.channel_name("Select", chosen) is None
    assert normalise.email("Test@Example.com", chosen) is None
    assert normalise.email("Test@Example.com") == "test@example.com"


def test_channel_names_that_differ_in_case_and_spaces_are_one() -> None:
    assert {normalise.channel_name(n) for n in ("Google", " google ", "GOOGLE\t")} == {"google"}
    assert normalise.channel_name("Яндекс  Директ") == "яндекс директ"


def test_a_person_s_name_keeps_its_case_and_loses_what_cannot_be_seen() -> None:
    assert normalise.person_name("  Иван\u200b  \x00Петров\u202e\n") == "Иван Петров"
    assert normalise.person_name("И\u0306") == "Й"
    assert normalise.person_name("x" * 500) == "x" * normalise.MAX_NAME
    assert normalise.person_name("—") is None


@given(st.text(st.characters()))
def test_clean_text_can_be_stored_and_sent_whatever_came(text: str) -> None:
    cleaned = normalise.clean(text)

    cleaned.encode()
    assert "\x00" not in cleaned
    assert normalise.clean(cleaned) == cleaned
    assert not any(ord(sign) < 32 and sign not in "\t\n" for sign in cleaned)
