"""The rules of a document's life: given, when, then."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from deals.documents.domain import (
    DECIDER,
    Document,
    Reclassify,
    RecordFailure,
    RecordGenerated,
    Request,
    RequestAgain,
    Upload,
)
from events.contracts.deals.documents import (
    DocumentFailed,
    DocumentGenerated,
    DocumentReclassified,
    DocumentRequested,
    DocumentUploaded,
)
from events.event import Event
from events.testing import given
from hypothesis import given as example
from hypothesis import strategies as st

ID, CUSTOMER, DEAL, OBJECT = (UUID(int=n) for n in range(1, 5))
ASKED: dict[str, Any] = {
    "document_id": ID, "customer_id": CUSTOMER, "deal_id": DEAL, "kind": "contract", "number": "C-2026-0001",
    "template": "supply", "template_version": 1, "language": "ru", "confidentiality": "public", "firm_version": 3,
    "issued_on": date(2026, 3, 2),
}  # fmt: skip
FILE: dict[str, Any] = {"object_id": OBJECT, "media_type": "application/pdf", "size": 100, "sha256": "0" * 64}
requested = DocumentRequested(version=1, **ASKED)
generated = DocumentGenerated(
    version=1, **FILE, **{n: ASKED[n] for n in ASKED if n not in ("language", "firm_version", "issued_on")}
)
failed = DocumentFailed(
    document_id=ID, customer_id=CUSTOMER, version=1, reason="missing_values", missing=("buyer.inn",)
)
UPLOADED: dict[str, Any] = {
    "document_id": ID, "customer_id": CUSTOMER, "deal_id": None, "kind": "contract", "number": "17/26", "title": None,
    "confidentiality": "public", **FILE,
}  # fmt: skip
uploaded = DocumentUploaded(**UPLOADED)
record = RecordGenerated(1, **FILE)
again = RequestAgain(2, 4, date(2026, 4, 1))


def test_a_document_is_asked_for_once() -> None:
    given(DECIDER).when(Request(**ASKED)).then(requested)
    given(DECIDER, requested).when(Request(**ASKED)).then_nothing()


def test_what_is_made_is_said_once() -> None:
    given(DECIDER, requested).when(record).then(generated)
    given(DECIDER, requested, generated).when(record).then_nothing()
    given(DECIDER, requested, generated).when(RecordFailure(1, "too_slow")).then_nothing()
    given(DECIDER, requested, failed).when(record).then_nothing()


def test_what_cannot_be_made_says_why() -> None:
    given(DECIDER, requested).when(RecordFailure(1, "missing_values", ("buyer.inn",))).then(failed)


def test_an_outcome_of_a_version_nobody_asked_for_is_nothing() -> None:
    given(DECIDER, requested).when(RecordGenerated(2, **FILE)).then_nothing()
    given(DECIDER, requested).when(RecordFailure(0, "x")).then_nothing()
    given(DECIDER, uploaded).when(record).then_nothing()


def test_made_again_it_keeps_its_number_and_takes_what_is_new() -> None:
    expected = requested.model_copy(
        update={"version": 2, "template_version": 2, "firm_version": 4, "issued_on": date(2026, 4, 1)}
    )
    given(DECIDER, requested, generated).when(again).then(expected)
    given(DECIDER, requested, failed).when(again).then(expected)


def test_it_is_not_made_again_while_it_is_being_made() -> None:
    given(DECIDER, requested).when(again).then_rejected("being_made")


def test_an_uploaded_document_is_kept_once_and_not_made_again() -> None:
    given(DECIDER).when(Upload(**UPLOADED)).then(uploaded)
    given(DECIDER, uploaded).when(Upload(**UPLOADED)).then_nothing()
    given(DECIDER, uploaded).when(again).then_rejected("uploaded")


def test_another_confidentiality_is_said_and_the_next_version_has_it() -> None:
    changed = DocumentReclassified(
        document_id=ID, customer_id=CUSTOMER, confidentiality="finance", previous_confidentiality="public"
    )
    given(DECIDER, requested, generated).when(Reclassify("finance")).then(changed)
    given(DECIDER, requested, generated, changed).when(Reclassify("finance")).then_nothing()
    state = DECIDER.fold([requested, generated, changed])
    (next_one,) = DECIDER.decide(again, state)
    assert isinstance(next_one, DocumentRequested)
    assert next_one.confidentiality == "finance"


def test_nothing_happens_to_a_document_that_is_not_there() -> None:
    for command in (again, record, RecordFailure(1, "x"), Reclassify("finance")):
        given(DECIDER).when(command).then_rejected("no_document")


COMMANDS = st.sampled_from(
    [
        Request(**ASKED),
        again,
        *(RecordGenerated(n, **FILE) for n in (1, 2, 3)),
        *(RecordFailure(n, "too_slow") for n in (1, 2)),
        Reclassify("finance"),
        Reclassify("public"),
        Upload(**UPLOADED),
    ]
)


@example(st.lists(COMMANDS, max_size=15))
def test_in_any_order_versions_count_from_one_and_each_has_one_outcome_at_most(commands: list[Any]) -> None:
    events: list[Event] = []
    for command in commands:
        when = given(DECIDER, *events).when(command)
        events += when.events
    state = DECIDER.fold(events)
    outcomes = [e.version for e in events if isinstance(e, DocumentGenerated | DocumentFailed)]
    assert len(outcomes) == len(set(outcomes))
    if isinstance(state, Document) and isinstance(state.versions[0].asked, DocumentRequested):
        asked = [version.asked.version for version in state.versions if isinstance(version.asked, DocumentRequested)]
        assert asked == list(range(1, len(asked) + 1))
        assert {version.asked.number for version in state.versions} == {"C-2026-0001"}
