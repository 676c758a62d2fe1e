"""Finding a person in text that nobody understood: the contacts in it, by the same blind indexes as everywhere.

What cannot be read as a phone, an e-mail, a handle or a provider's id is not found: a picture, a name alone. Full names
are told to who asks for them, because people share them.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from io import BytesIO
from typing import Final
from urllib.parse import unquote_plus
from zipfile import BadZipFile, ZipFile

from events.blind_index import BlindIndex

from leads.identity.likeness import LEAST_WORDS, full_name
from leads.normalise import NotNormal, email, phone
from leads.person import IDENTITY_KINDS, handle

MOST_CANDIDATES: Final = 2_000
"""Of each kind in one text, so that a hostile one costs no more than others."""

NAME_WORDS: Final = range(LEAST_WORDS, 5)
"""How many words a full name has."""

LARGEST_SHEET: Final = 64 * 1024 * 1024
"""Bytes of one sheet of a file that are read."""

_ZIP: Final = b"PK\x03\x04"
_EMAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_PHONE: Final = re.compile(r"\+?\d(?:[\s().–—-]{0,3}\d){6,14}")
_WORD: Final = re.compile(r"[\w.@-]{3,64}")
_NAME: Final = re.compile(r"[^\W\d_]{2,}")
_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_HANDLES: Final = tuple(sorted(IDENTITY_KINDS - {"phone", "email", "provider"}))


@dataclass(frozen=True)
class Finder:
    """``region`` is the country (ISO 3166) in which phones without a country code are read."""

    blind: BlindIndex
    region: str

    def indexes(self, channel: str, source: str, *contents: bytes) -> set[str]:
        """The blind indexes of all contacts that these contents may name."""
        return {
            index for content in contents for text in _readings(content) for index in self._of(channel, source, text)
        }

    def named_by(self, content: bytes) -> tuple[list[str], list[str]]:
        """What a text of any other source may name a person by: the blind indexes of phones and e-mails, and those of
        full names, in two to four words side by side.
        """
        readings = list(_readings(content))
        return (
            sorted({index for text in readings for index in self._addresses(text)}),
            sorted({self.blind.of("name", name) for text in readings for name in _names(text)}),
        )

    def _of(self, channel: str, source: str, text: str) -> Iterator[str]:
        yield from self._addresses(text)
        for word in _some(_WORD, text):
            yield self.blind.of("provider", f"{channel}\x1f{source}\x1f{word}")
            yield from (self.blind.of(kind, handle(kind, word, self.region)) for kind in _HANDLES)

    def _addresses(self, text: str) -> Iterator[str]:
        for found in _some(_EMAIL, text):
            with suppress(NotNormal):
                if value := email(found.rstrip(".")):
                    yield self.blind.of("email", value)
        for found in _some(_PHONE, text):
            with suppress(NotNormal):
                if value := phone(found, self.region):
                    yield self.blind.of("phone", value)


def _some(pattern: re.Pattern[str], text: str) -> list[str]:
    found: dict[str, None] = {}
    for match in pattern.finditer(text):
        found[match[0]] = None
        if len(found) == MOST_CANDIDATES:
            break
    return list(found)


def _names(text: str) -> set[str]:
    words = [found[0] for found, _ in zip(_NAME.finditer(text), range(MOST_CANDIDATES), strict=False)]
    spans = (words[at : at + length] for length in NAME_WORDS for at in range(len(words) - length + 1))
    return {name for span in spans if (name := full_name(" ".join(span))) is not None}


def _readings(content: bytes) -> Iterator[str]:
    """The content as text; as it would be without the escapes of URLs and of JSON; the parts of a letter."""
    text = content.decode("utf-8", "replace")
    yield text
    if "%" in text:
        yield unquote_plus(text)
    if "\\u" in text:
        yield _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)
    if content.startswith(_ZIP):  # an XLSX file: sheets and strings are XML
        with suppress(BadZipFile, RuntimeError, ValueError), ZipFile(BytesIO(content)) as book:
            for name in book.namelist():
                if name.endswith(".xml"):
                    with book.open(name) as sheet:
                        yield sheet.read(LARGEST_SHEET).decode("utf-8", "replace")
    if b"content-transfer-encoding:" in content.lower():
        letter = message_from_bytes(content, policy=policy.default)
        for part in letter.walk():
            if part.get_content_maintype() == "text":
                with suppress(LookupError, UnicodeError, ValueError):
                    yield str(part.get_content())
