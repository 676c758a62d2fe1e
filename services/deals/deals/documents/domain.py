"""The life of a document: asked for, made or not, made again, given another confidentiality. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from events.contracts.cause import Cause
from events.contracts.deals.documents import (
    DocumentFailed,
    DocumentGenerated,
    DocumentKind,
    DocumentReclassified,
    DocumentRequested,
    DocumentUploaded,
    Language,
)
from events.decider import Decider, Rejected
from events.event import Event
from events.sealed import Sealed


@dataclass(frozen=True, slots=True)
class NoDocument:
    """Nothing happened yet."""


@dataclass(frozen=True, slots=True)
class Version:
    """What was asked for, and what came of it: None while it is being made."""

    asked: DocumentRequested | DocumentUploaded
    outcome: DocumentGenerated | DocumentFailed | DocumentUploaded | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document with its versions, the first first."""

    confidentiality: str
    versions: tuple[Version, ...]

    @property
    def last(self) -> Version:
        """The version that counts."""
        return self.versions[-1]


State = NoDocument | Document


@dataclass(frozen=True, slots=True)
class Request:
    """Make a document. ``number`` was drawn for it, or is its invoice's."""

    document_id: UUID
    customer_id: UUID
    deal_id: UUID
    kind: DocumentKind
    number: str
    template: str | None
    template_version: int | None
    language: Language
    confidentiality: str
    firm_version: int
    issued_on: date
    due_on: date | None = None
    organisation_id: UUID | None = None
    invoice_id: UUID | None = None
    note: Sealed[str] | None = None
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class RequestAgain:
    """Make its next version, of the facts as they are by now. What is None stays as it was asked for before."""

    template_version: int | None
    firm_version: int
    issued_on: date
    due_on: date | None = None
    note: Sealed[str] | None = None


@dataclass(frozen=True, slots=True)
class RecordGenerated:
    """A version is made and stored."""

    version: int
    object_id: UUID
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class RecordFailure:
    """A version cannot be made."""

    version: int
    reason: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Upload:
    """Keep a document made elsewhere, whose bytes are stored already."""

    document_id: UUID
    customer_id: UUID
    deal_id: UUID | None
    kind: DocumentKind
    number: str | None
    title: Sealed[str] | None
    object_id: UUID
    media_type: str
    size: int
    sha256: str
    confidentiality: str


@dataclass(frozen=True, slots=True)
class Reclassify:
    """Let others than before see it."""

    confidentiality: str


Command = Request | RequestAgain | RecordGenerated | RecordFailure | Upload | Reclassify


def decide(command: Command, state: State) -> Sequence[Event]:
    """Refuses with ``no_document``, ``being_made`` and ``uploaded``. What is so already needs no event."""
    match command, state:
        case (Request(), NoDocument()):
            return (DocumentRequested(version=1, **_fields(command)),)
        case (Upload(), NoDocument()):
            return (DocumentUploaded(**_fields(command)),)
        case ((Request() | Upload()), _):
            return ()
        case (_, NoDocument()):
            raise Rejected("no_document", "There is no such document.")
        case (RequestAgain(), Document()):
            return (_again(command, state),)
        case (RecordGenerated(), Document()):
            return _generated(command, state)
        case (RecordFailure(version=number), Document()) if (asked := _awaited(state, number)) is not None:
            told = {"version": number, "reason": command.reason, "missing": command.missing, "cause": asked.cause}
            return (DocumentFailed(document_id=asked.document_id, customer_id=asked.customer_id, **told),)
        case (Reclassify(confidentiality=to), Document(confidentiality=before)) if to != before:
            ids = {"document_id": state.last.asked.document_id, "customer_id": state.last.asked.customer_id}
            return (DocumentReclassified(**ids, confidentiality=to, previous_confidentiality=before),)
    return ()


def evolve(state: State, event: Event) -> State:
    """The state after an event."""
    match event, state:
        case (DocumentRequested(), NoDocument()):
            return Document(event.confidentiality, (Version(event),))
        case (DocumentRequested(), Document()):
            return replace(state, versions=(*state.versions, Version(event)))
        case (DocumentUploaded(), _):
            return Document(event.confidentiality, (Version(event, event),))
        case ((DocumentGenerated() | DocumentFailed()), Document(versions=versions)):
            done = [replace(v, outcome=event) if n == event.version else v for n, v in enumerate(versions, 1)]
            return replace(state, versions=tuple(done))
        case (DocumentReclassified(confidentiality=to), Document()):
            return replace(state, confidentiality=to)
    return state


DECIDER: Decider[Command, State] = Decider(NoDocument(), decide, evolve)


def _again(command: RequestAgain, state: Document) -> DocumentRequested:
    last = state.last
    if not isinstance(last.asked, DocumentRequested):
        raise Rejected("uploaded", "The document was made elsewhere: upload the new one.")
    if last.outcome is None:
        raise Rejected("being_made", "The version before is still being made.")
    return last.asked.model_copy(
        update={
            "version": last.asked.version + 1,
            "template_version": command.template_version,
            "firm_version": command.firm_version,
            "issued_on": command.issued_on,
            "due_on": command.due_on or last.asked.due_on,
            "note": command.note or last.asked.note,
            "confidentiality": state.confidentiality,
            "cause": None,
        }
    )


def _generated(command: RecordGenerated, state: Document) -> Sequence[Event]:
    asked = _awaited(state, command.version)
    if asked is None:
        return ()
    told = ("document_id", "customer_id", "deal_id", "kind", "number", "version", "template")
    same = (*told, "template_version", "cause")
    return (
        DocumentGenerated(
            **{name: getattr(asked, name) for name in same},
            object_id=command.object_id,
            media_type=command.media_type,
            size=command.size,
            sha256=command.sha256,
            confidentiality=state.confidentiality,
        ),
    )


def _awaited(state: Document, number: int) -> DocumentRequested | None:
    """What was asked for, if nothing has come of it yet: the outcome of a version is said once."""
    version = state.versions[number - 1] if 0 < number <= len(state.versions) else None
    if version is None or version.outcome is not None or isinstance(version.asked, DocumentUploaded):
        return None
    return version.asked


def _fields(command: Request | Upload) -> dict[str, Any]:
    return {name: getattr(command, name) for name in command.__dataclass_fields__}
