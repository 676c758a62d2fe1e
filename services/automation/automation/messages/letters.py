"""Templates that stand in files: ``<name>.<language>.liquid`` is a letter, ``<name>.<language>.short.liquid`` a short
message for SMS and messengers; a template has one of them or both, in every language.

A letter's first lines are ``Subject: …`` and, if it must not go out without some variables, ``Requires: link, …``; then
come an empty line and the body as plain text. A short message is its text.
"""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from events.contracts.automation import MessageText

from automation.messages.wording import TemplateInvalid, Wording, first_line
from automation.parts import Language

SHIPPED = Path(__file__).parent / "templates"


class Templates:
    """The templates of a folder, each in every language, parsed and tried once at the start."""

    def __init__(self, directory: Path = SHIPPED) -> None:
        """Raises :class:`TemplateInvalid` with one line for every fault."""
        faults: list[str] = []
        texts: dict[tuple[str, str], MessageText] = {}
        requires: dict[str, frozenset[str]] = {}
        for path in sorted(directory.glob("*.liquid")):
            stem = path.name.removesuffix(".liquid")
            is_short, stem = stem.endswith(".short"), stem.removesuffix(".short")
            name, _, language = stem.rpartition(".")
            try:
                known = texts.get((name, language), MessageText())
                told = path.read_text(encoding="utf-8")
                if is_short:
                    texts[name, language] = known.model_copy(update={"short": told.strip()})
                else:
                    letter, needed = _letter(told)
                    texts[name, language] = known.model_copy(update=letter)
                    requires[name] = requires.get(name, frozenset()) | needed
            except (TemplateInvalid, UnicodeDecodeError) as error:
                faults.append(f"{path.name}: {first_line(error)}")
        self._wordings: dict[tuple[str, str], Wording] = {}
        for (name, language), text in texts.items():
            try:
                self._wordings[name, language] = Wording(text, sorted(requires.get(name, ())))
            except TemplateInvalid as error:
                faults += [f"{name}.{language}.liquid: {fault}" for fault in str(error).splitlines()]
        names = {name for name, _ in texts}
        missing = [(n, lang) for n in sorted(names) for lang in get_args(Language) if (n, lang) not in texts]
        faults += [f"{name}.{language}.liquid: there is no such file" for name, language in missing if not faults]
        if faults:
            raise TemplateInvalid("\n".join(faults))
        self.names = frozenset(names)

    def wording(self, template: str, language: Language) -> Wording:
        """What a template says in a language. Raises KeyError for a template that is not there."""
        return self._wordings[template, language]


def _letter(told: str) -> tuple[dict[str, str], frozenset[str]]:
    head, _, body = told.partition("\n\n")
    lines = head.splitlines()
    if not lines or not lines[0].startswith("Subject: ") or not body.strip():
        raise TemplateInvalid("must be `Subject: …`, an empty line, and the text")
    requires: frozenset[str] = frozenset()
    for line in lines[1:]:
        if not line.startswith("Requires: "):
            raise TemplateInvalid("after `Subject: …` only `Requires: …` may stand before the empty line")
        requires |= {path.strip() for path in line.removeprefix("Requires: ").split(",")}
    return {"subject": lines[0].removeprefix("Subject: "), "body": body}, requires
