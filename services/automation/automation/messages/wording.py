"""What a template says, in Liquid with limits: it can be wrong, but cannot eat the machine or inject a header.

It sees ``customer.name`` (nil where unknown), ``company``, ``link`` (nil where the rule names none), ``unsubscribe``
(nil where there is no address to unsubscribe at) and ``values`` that the rule gives, which are plain text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from events.contracts.automation import MessageText
from liquid.exceptions import LiquidError
from liquid.template import BoundTemplate

from automation.messages.liquid import parsed

MAX_TEMPLATE_CHARACTERS: Final = 50_000
MAX_SHORT_CHARACTERS: Final = 4_000
"""Telegram takes 4,096 in one message; providers of SMS cut what is long into parts."""
MAX_NAME_CHARACTERS: Final = 100

_PLAIN = ("company", "link", "unsubscribe")


class TemplateInvalid(ValueError):
    """A template cannot be used; the message has a line for each fault."""


@dataclass(frozen=True)
class Variables:
    """What a template may tell."""

    name: str | None = None
    company: str = ""
    link: str | None = None
    unsubscribe: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As Liquid has them; the name is one line of at most 100 characters."""
        name = " ".join((self.name or "").split())[:MAX_NAME_CHARACTERS]
        named = {"customer": {"name": name or None}, "company": self.company or None, "values": dict(self.values)}
        return {**named, "link": self.link, "unsubscribe": self.unsubscribe}

    def at(self, path: str) -> str | None:
        """The value of ``customer.name``, ``link``, ``values.number``; None where it is not there."""
        found: Any = self.plain()
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        return found if isinstance(found, str) and found else None


@dataclass(frozen=True)
class Said:
    """A rendered text. ``subject`` is one line; ``whatsapp`` is the approved template with what fills its places."""

    subject: str | None = None
    body: str | None = None
    short: str | None = None
    whatsapp: tuple[str, tuple[str, ...]] | None = None


class Wording:
    """One language of a template, parsed and tried."""

    def __init__(self, text: MessageText, requires: Sequence[str] = ()) -> None:
        """Raises :class:`TemplateInvalid` with a line for each fault, ``subject: …``."""
        self.requires = frozenset(requires)
        self.text = text
        self._parts: dict[str, BoundTemplate] = {}
        if faults := [*self._shape(), *self._parse(), *self._places(), *(self._required() if self._parts else ())]:
            raise TemplateInvalid("\n".join(faults))

    @property
    def has_letter(self) -> bool:
        """Can it be sent as a letter?"""
        return "body" in self._parts

    @property
    def has_short(self) -> bool:
        """Can it be sent as a short message?"""
        return "short" in self._parts

    def render(self, variables: Variables) -> Said:
        """The texts for one customer. Raises ``LiquidError`` (limits, a value that the rule does not give)."""
        plain = variables.plain()
        said = {name: part.render(**plain).strip() for name, part in self._parts.items()}
        places = tuple(variables.at(path) or "-" for path in self.text.whatsapp_parameters)
        return Said(
            subject=" ".join(said["subject"].split()) if "subject" in said else None,
            body=said["body"] + "\n" if "body" in said else None,
            short=said.get("short"),
            whatsapp=(self.text.whatsapp, places) if self.text.whatsapp else None,
        )

    def asks(self) -> frozenset[str]:
        """The variables that stand in the texts."""
        return frozenset(str(path) for part in self._parts.values() for path in part.global_variable_paths())

    def missing(self, variables: Variables) -> list[str]:
        """The required variables that are not there."""
        return sorted(path for path in self.requires if variables.at(path) is None)

    def _shape(self) -> Iterator[str]:
        if (self.text.subject is None) != (self.text.body is None):
            yield "body: a letter has a subject and a body, both or none"
        if self.text.body is None and self.text.short is None:
            yield "body: there is neither a letter nor a short message"
        for name, limit in (("subject", 1_000), ("body", MAX_TEMPLATE_CHARACTERS), ("short", MAX_SHORT_CHARACTERS)):
            if len(getattr(self.text, name) or "") > limit:
                yield f"{name}: is longer than {limit} characters"

    def _parse(self) -> Iterator[str]:
        for name in ("subject", "body", "short"):
            source = getattr(self.text, name)
            if source is None or len(source) > MAX_TEMPLATE_CHARACTERS:
                continue
            try:
                part = parsed(source)
                yield from (f"{name}: {fault}" for fault in _unknown(part) or _tried(part))
            except LiquidError as error:
                yield f"{name}: {first_line(error)}"
            else:
                self._parts[name] = part

    def _places(self) -> Iterator[str]:
        for path in self.text.whatsapp_parameters:
            if not _is_variable(path.split(".")):
                yield f"whatsapp_parameters: there is no variable {path}"

    def _required(self) -> Iterator[str]:
        used = self.asks()
        for path in sorted(self.requires):
            if not _is_variable(path.split(".")):
                yield f"requires: there is no variable {path}"
            elif path not in used | set(self.text.whatsapp_parameters):
                yield f"requires: {path} stands nowhere in the text"


def _is_variable(steps: Sequence[object]) -> bool:
    match steps:
        case [str(name)]:
            return name in _PLAIN
        case ["customer", "name"]:
            return True
        case ["values", str(name)]:
            return name.isidentifier()
    return False


def _unknown(part: BoundTemplate) -> list[str]:
    paths = part.global_variable_segments()
    unknown = [".".join(map(str, path)) for path in paths if not _is_variable(path)]
    return [f"there is no variable {path}" for path in sorted(unknown)]


def _tried(part: BoundTemplate) -> list[str]:
    """What two renderings show, with everything and with next to nothing."""
    names = {str(path[1]): "1" for path in part.global_variable_segments() if path[0] == "values" and len(path) > 1}
    full = Variables("Anna", "Company", "https://example.com/q", "https://example.com/u", names)
    for variables, where in ((full, ""), (Variables(values=names, link=full.link), " where the name is unknown")):
        if not part.render(**variables.plain()).strip():
            return [f"is empty{where}"]
    return []


def first_line(error: Exception) -> str:
    """What an error says, without the lines that show the source."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__
