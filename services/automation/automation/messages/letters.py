"""Letters from Liquid templates, with limits: a template can be wrong, but cannot eat the machine or inject a header.

A template is a pair of files ``<name>.<language>.liquid``: first line ``Subject: …``, an empty line, the body as plain
text. It sees ``customer.name`` (nil where unknown), ``company`` and ``link`` (nil where the rule names none). Filters
and tags are those listed here and no others, values are plain text, and loops, output and variables are bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from liquid import Environment, StrictUndefined
from liquid.exceptions import LiquidError
from liquid.template import BoundTemplate

from automation.parts import Language

SHIPPED = Path(__file__).parent / "templates"
MAX_TEMPLATE_CHARACTERS = 50_000
MAX_NAME_CHARACTERS = 100

_FILTERS = ("append", "capitalize", "default", "downcase", "first", "last", "prepend", "strip", "truncate", "upcase")
_TAGS = (
    "assign",
    "break",
    "capture",
    "case",
    "comment",
    "content",
    "continue",
    "echo",
    "for",
    "if",
    "illegal",
    "output",
)


class TemplateInvalid(ValueError):
    """A template cannot be used; the message has its file and what is wrong."""


class _Limited(Environment):
    """Liquid within limits. Letters are plain text, so nothing is escaped."""

    loop_iteration_limit = 1_000
    output_stream_limit = 200_000
    local_namespace_limit = 50_000
    context_depth_limit = 10
    block_nesting_limit = 20

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        self.filters = {name: self.filters[name] for name in _FILTERS}
        self.tags = {name: self.tags[name] for name in (*_TAGS, "unless")}


@dataclass(frozen=True)
class Letter:
    """A rendered letter. ``subject`` is one line."""

    subject: str
    body: str


@dataclass(frozen=True)
class _Template:
    subject: BoundTemplate
    body: BoundTemplate

    def render(self, name: str | None, company: str, link: str | None) -> Letter:
        values = {"customer": {"name": name}, "company": company or None, "link": link}
        return Letter(" ".join(self.subject.render(**values).split()), self.body.render(**values).strip() + "\n")


class Templates:
    """The templates of a folder, each in every language, parsed and tried once at the start."""

    def __init__(self, directory: Path = SHIPPED) -> None:
        """Raises :class:`TemplateInvalid` with one line for every fault."""
        faults: list[str] = []
        self._templates: dict[tuple[str, str], _Template] = {}
        for path in sorted(directory.glob("*.liquid")):
            name, _, language = path.name.removesuffix(".liquid").rpartition(".")
            try:
                self._templates[name, language] = _parse(path.read_text(encoding="utf-8"))
            except (TemplateInvalid, LiquidError, UnicodeDecodeError) as error:
                faults.append(f"{path.name}: {_first_line(error)}")
        names = {name for name, _ in self._templates}
        missing = [(n, lang) for n in sorted(names) for lang in get_args(Language) if (n, lang) not in self._templates]
        faults += [f"{name}.{language}.liquid: there is no such file" for name, language in missing if not faults]
        if faults:
            raise TemplateInvalid("\n".join(faults))
        self.names = frozenset(names)

    def render(
        self, template: str, language: Language, *, name: str | None, company: str, link: str | None = None
    ) -> Letter:
        """The letter to one customer. Raises ``LiquidError`` (limits), KeyError for a template that is not there."""
        tidy = " ".join((name or "").split())[:MAX_NAME_CHARACTERS]
        return self._templates[template, language].render(tidy or None, company, link)


def _parse(text: str) -> _Template:
    if len(text) > MAX_TEMPLATE_CHARACTERS:
        raise TemplateInvalid(f"is longer than {MAX_TEMPLATE_CHARACTERS} characters")
    head, _, body = text.partition("\n")
    gap, _, body = body.partition("\n")
    if not head.startswith("Subject: ") or gap.strip() or not body.strip():
        raise TemplateInvalid("must be `Subject: …`, an empty line, and the text")
    environment = _Limited(undefined=StrictUndefined)
    template = _Template(environment.from_string(head.removeprefix("Subject: ")), environment.from_string(body))
    for name in ("Anna", None):
        if not template.render(name, "Company", "https://example.com/q").subject:
            raise TemplateInvalid("has an empty subject" + (" where the name is unknown" if name is None else ""))
    return template


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
