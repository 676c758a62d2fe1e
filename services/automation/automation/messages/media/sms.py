"""SMS by any provider that takes an HTTP POST: its request and the sign of its success are data, in a YAML file.

    url: https://api.twilio.com/2010-04-01/Accounts/AC…/Messages.json
    headers: {Authorization: "Basic {secret}"}
    form: {To: "{phone}", From: "{sender}", Body: "{text}"}
    taken: {status: [201], id: sid}
    refused: {field: code, is: [21211, 21610, 21614]}

``form`` is sent urlencoded, ``json`` as JSON; in every text ``{phone}`` (E.164), ``{digits}`` (without the plus),
``{text}``, ``{sender}``, ``{message_id}`` (the same for each repeat: give it where the provider takes a key against
repeats) and ``{secret}`` (the setting ``sms_secret``) are filled in; nothing else is. ``taken`` says when a message was
taken: the status and, where given, that ``field`` of the JSON answer is one of ``is``; ``id`` is the path of
the provider's id. ``refused`` says when it never will be. What is neither is tried again. Examples: docs/messages.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import orjson
import phonenumbers
import yaml
from pydantic import Field, JsonValue, SecretStr, ValidationError, model_validator

from automation.messages.media import MediumName
from automation.messages.media.calls import Api, not_taken
from automation.messages.media.port import Contact, Parcel, Refused
from automation.parts import Part


class SmsInvalid(ValueError):
    """The description of the provider cannot be used; the message says why."""


class Sign(Part):
    """What an answer looks like: a status among these, and a field (dots go into objects, numbers into lists)."""

    status: tuple[int, ...] = ()
    field: str | None = None
    is_: tuple[JsonValue, ...] | None = Field(None, alias="is", description="Values of the field; none: any but null.")
    id: str | None = None

    def fits(self, status: int, answer: Any) -> bool:
        """Is this such an answer?"""
        if self.status and status not in self.status:
            return False
        if self.field is None:
            return True
        value = _at(answer, self.field)
        return value in self.is_ if self.is_ is not None else value is not None


class Provider(Part):
    """How a provider takes an SMS."""

    url: str = Field(pattern=r"^https?://\S+$")
    headers: dict[str, str] = Field(default_factory=dict)
    form: dict[str, str] | None = None
    json_: dict[str, JsonValue] | None = Field(None, alias="json")
    sender: str = ""
    source: str | None = Field(None, description="Source of the channel `twilio` in leads that hears delivery reports.")
    taken: Sign = Sign(status=(200, 201, 202))
    refused: Sign | None = None

    @property
    def takes_key(self) -> bool:
        """Is it given the name of the message, by which it knows a repeat?"""
        return "{message_id}" in f"{self.headers} {self.form} {self.json_}"

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if (self.form is None) == (self.json_ is None):
            raise ValueError("a provider takes either a form or json")
        return self


def load(path: Path) -> Provider:
    """The provider of a file. Raises :class:`SmsInvalid`."""
    try:
        return Provider.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SmsInvalid(f"{path.name}: cannot be read: {error}") from None
    except ValidationError as error:
        faults = [f"{path.name}: {'.'.join(map(str, f['loc']))}: {f['msg']}" for f in error.errors(include_input=False)]
        raise SmsInvalid("\n".join(faults)) from None


@dataclass(frozen=True)
class Sms:
    """SMS by the provider of a file."""

    api: Api
    provider: Provider
    secret: SecretStr | None = None
    name: MediumName = "sms"
    takes_letters: bool = False

    @property
    def delivery_source(self) -> tuple[str, str] | None:
        """The source that hears what became of them."""
        return ("twilio", self.provider.source) if self.provider.source else None

    @property
    def knows_repeats(self) -> bool:
        """Those that are given a key do."""
        return self.provider.takes_key

    def address(self, contact: Contact) -> str | None:
        """The first phone that can be a mobile one. Raises :class:`Refused` where all are of other kinds."""
        if contact.phones and not any(map(_is_mobile, contact.phones)):
            raise Refused("no_mobile_phone")
        return next(filter(_is_mobile, contact.phones), None)

    async def send(self, parcel: Parcel) -> str | None:
        """The provider's id, where its answer has one."""
        if parcel.said.short is None:
            raise Refused("no_text")
        filling = {
            "phone": parcel.to,
            "digits": parcel.to.removeprefix("+"),
            "text": parcel.said.short,
            "sender": parcel.sender or self.provider.sender,
            "message_id": str(parcel.message_id),
            "secret": self.secret.get_secret_value() if self.secret else "",
        }
        status, answer = await self.api.post(*self._request(filling))
        if self.provider.refused and self.provider.refused.fits(status, answer):
            raise Refused("recipient_refused")
        if not self.provider.taken.fits(status, answer):
            raise not_taken(f"the provider of SMS answered {status} without the sign of success", status, answer)
        found = _at(answer, self.provider.taken.id) if self.provider.taken.id else None
        return str(found) if found is not None else None

    def _request(self, filling: dict[str, str]) -> tuple[str, bytes, dict[str, str]]:
        provider = self.provider
        headers = {name: _fill(text, filling) for name, text in provider.headers.items()}
        if provider.form is not None:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            return provider.url, urlencode(_fill(provider.form, filling)).encode(), {**kind, **headers}
        kind = {"Content-Type": "application/json"}
        return provider.url, orjson.dumps(_fill(provider.json_, filling)), {**kind, **headers}


def _fill(value: Any, filling: dict[str, str]) -> Any:
    """Each place once: what a customer is called can bring in no other place."""
    match value:
        case str():
            pieces = value.split("{")
            filled = [pieces[0]]
            for piece in pieces[1:]:
                name, closed, rest = piece.partition("}")
                filled.append(filling[name] + rest if closed and name in filling else "{" + piece)
            return "".join(filled)
        case dict():
            return {name: _fill(inner, filling) for name, inner in value.items()}
        case list():
            return [_fill(inner, filling) for inner in value]
    return value


def _at(answer: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(answer, dict):
            answer = answer.get(step)
        elif isinstance(answer, list) and step.isdecimal() and int(step) < len(answer):
            answer = answer[int(step)]
        else:
            return None
    return answer


def _is_mobile(phone: str) -> bool:
    """Can this number take SMS, by libphonenumber's tables? Where they do not tell mobile from fixed, it can."""
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return False
    return kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
