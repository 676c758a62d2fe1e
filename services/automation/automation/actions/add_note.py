"""The action that writes a note into the history of a customer, a lead or a deal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from events.contracts.automation import CustomerNoteRequested, DealNoteRequested, MessageText
from events.event import Event
from pydantic import Field

from automation.actions.asking import Subject, asked, lacking, path_faults, said
from automation.actions.effect import Effect, Firing, Known, Timed
from automation.messages.wording import TemplateInvalid, Variables, Wording
from automation.parts import Language, Name, Part

NOTHING = "-"
"""What the note says where a value is not there."""
LANGUAGES: tuple[Language, ...] = ("ru", "en")


class NoteText(Part):
    """The words in both languages, in Liquid with the limits of messages: ``{{ values.sum }}``."""

    ru: str = Field(min_length=1, max_length=2_000)
    en: str = Field(min_length=1, max_length=2_000)


class AddNote(Timed):
    """Asks leads or deals for a note about the trigger's customer, lead or deal. ``values`` are fields of the trigger,
    or computed ones, that the words tell; sealed ones cannot be among them. What is written is sealed by who owns it.
    """

    do: Literal["add_note"]
    of: Subject = "deal"
    text: NoteText
    values: dict[Name, str] = Field(default_factory=dict, max_length=20)

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A trigger without such a subject, words that cannot be said, values that are not there."""
        yield from lacking(event, self.of)
        if self.of == "lead":
            yield from lacking(event, "customer")
        for name, path in self.values.items():
            yield from path_faults(f".values.{name}", path, event, known)
        for language in LANGUAGES:
            yield from (f".text.{language}: {fault}" for fault in self._unsaid(language))

    def effect(self, firing: Firing) -> Effect:
        """The request."""
        subject_id, customer_id = firing.subject(f"{self.of}_id"), firing.subject("customer_id")
        if subject_id is None:
            return firing.suppressed(f"no_{self.of}")
        values = {name: said(firing, path) or NOTHING for name, path in self.values.items()}
        text = self._wording(firing.language).render(Variables(values=values)).short
        assert text is not None
        if self.of == "deal":
            request = DealNoteRequested(request_id=firing.effect_id, deal_id=subject_id, text=text, cause=firing.cause)
            return asked(firing, request)
        if customer_id is None:
            return firing.suppressed("no_customer")
        lead_id = subject_id if self.of == "lead" else None
        note = CustomerNoteRequested(
            request_id=firing.effect_id, customer_id=customer_id, lead_id=lead_id, text=text, cause=firing.cause
        )
        return asked(firing, note)

    def _wording(self, language: Language) -> Wording:
        return Wording(MessageText(short=self.text.ru if language == "ru" else self.text.en))

    def _unsaid(self, language: Language) -> Iterator[str]:
        try:
            wording = self._wording(language)
        except TemplateInvalid as error:
            yield from (line.removeprefix("short: ") for line in str(error).splitlines())
            return
        given = {f"values.{name}" for name in self.values}
        yield from (f"the rule gives no {path}" for path in sorted(wording.asks() - given))
