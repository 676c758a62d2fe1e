"""Makes what people type comparable: phones, e-mails, names, channel names.

Pure functions. Each returns the normal form, `None` for an empty or placeholder value, and raises `NotNormal` with a
plain reason for a value that is there but cannot be what it claims to be. The reason never repeats the value.
"""

import re
import unicodedata
from typing import Final

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from email_validator.types import ValidatedEmail
from events.text import clean as clean

PLACEHOLDERS: Final = frozenset(
    {"-", "--", "—", ".", "n/a", "na", "none", "null", "undefined", "нет", "не указан", "не указано"}
)
"""Answers that mean "no answer", casefolded. Pass another set where a source has its own (`select` in some exports)."""

MAX_NAME: Final = 200
"""Characters of a person's or a channel's name; a longer one is cut, for it is not a name."""

_SPACED: Final = {ord("\t"): " ", ord("\n"): " "}
_SEPARATORS: Final = str.maketrans("", "", " ()-")
_LONGEST_EMAIL: Final = 254  # RFC 3696, erratum 1690
_PLAIN_EMAIL: Final = re.compile(
    r"[a-z0-9_]+(?:[.+-][a-z0-9_]+)*@(?:[a-z0-9]{1,30}(?:-[a-z0-9]{1,30})?\.){1,3}(?:ru|com|net|org|info|io|su|by|kz|ua|de|uk)"
)


def _mobile_pattern(region: str) -> str:
    """The mobile numbers of a region, without the country code, as libphonenumber's own metadata describes them."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    assert metadata is not None
    assert metadata.mobile is not None
    return str(metadata.mobile.national_number_pattern).replace(r"\d", "[0-9]")


_RUSSIAN_MOBILE: Final = re.compile(rf"(?:\+7|7|8)?({_mobile_pattern('RU')})")


class NotNormal(ValueError):
    """The value is there, but it is not a phone / an e-mail. `reason` is for people and holds no personal data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def one_line(text: str) -> str:
    """`clean` text on one line: inner white space collapsed, ends trimmed."""
    return " ".join(clean(text).split())


def meaningful(text: str | None, placeholders: frozenset[str] = PLACEHOLDERS) -> str | None:
    """One line of text, or `None` where it is empty or a placeholder."""
    if text is None:
        return None
    line = one_line(text)
    return line if line and line.casefold() not in placeholders else None


def phone(text: str | None, region: str = "RU", placeholders: frozenset[str] = PLACEHOLDERS) -> str | None:
    """A phone number in E.164 (`+79123456789`), as Google's libphonenumber reads it in `region`.

    Russian mobile numbers in their usual spellings skip the library: what the mobile pattern of its own metadata
    matches is what it calls valid (`test_the_fast_path_for_phones_equals_the_library`).
    """
    if text is not None and region == "RU" and (mobile := _RUSSIAN_MOBILE.fullmatch(text.translate(_SEPARATORS))):
        return "+7" + mobile[1]
    line = meaningful(text, placeholders)
    return None if line is None else _library_phone(line, region)


def _library_phone(line: str, region: str) -> str:
    try:
        number = phonenumbers.parse(line, region)
    except phonenumbers.NumberParseException as error:
        raise NotNormal("not a phone number") from error
    if not phonenumbers.is_valid_number(number):
        raise NotNormal("no such phone number exists: wrong length or code")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def email(text: str | None, placeholders: frozenset[str] = PLACEHOLDERS) -> str | None:
    """An e-mail address, lower-cased, with the domain in Unicode (`почта.рф` and its `xn--` form are one address).

    The syntax is judged by email-validator (RFC 5321, 5322, 6531); nothing is asked of the network. Plain ASCII
    addresses skip the library (`test_the_fast_path_for_emails_equals_the_library`).
    """
    if text is None:
        return None
    lower = text.strip().lower()
    if len(lower) <= _LONGEST_EMAIL and _PLAIN_EMAIL.fullmatch(lower):
        return None if lower in placeholders else lower
    line = meaningful(text, placeholders)
    return None if line is None else _library_email(line)


def _library_email(line: str) -> str:
    try:
        address: ValidatedEmail = validate_email(line, check_deliverability=False)
    except EmailNotValidError as error:
        raise NotNormal("not an e-mail address") from error
    return address.normalized.lower()


def person_name(text: str | None, placeholders: frozenset[str] = PLACEHOLDERS) -> str | None:
    """A person's name on one line, composed (NFC), at most `MAX_NAME` characters. The case stays as given."""
    line = meaningful(text, placeholders)
    return None if line is None else unicodedata.normalize("NFC", line)[:MAX_NAME].rstrip()


def channel_name(text: str | None, placeholders: frozenset[str] = PLACEHOLDERS) -> str | None:
    """A channel's name for reports: `" Google "` and `google` are one channel."""
    line = meaningful(text, placeholders)
    return None if line is None else unicodedata.normalize("NFC", line).casefold()[:MAX_NAME].rstrip()
