"""Why did Anna get it: the answer a head of sales reads."""

from datetime import UTC, datetime

from leads.routing.explain_api import Assignment, Routing, in_words
from leads.routing.models import Considered, Tried

AT = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)
WHY = "Round robin: it is the turn of Anna among 2 of 3 managers who can take it."


def assigned(explanation: str = WHY, manager_id: str | None = "anna", strategy: str = "round_robin") -> Assignment:
    return Assignment(at=AT, by="user:olga", manager_id=manager_id, strategy=strategy, explanation=explanation)


def routed(*steps: Tried) -> Routing:
    return Routing(
        decided_at=AT,
        rules_version=3,
        outcome="assigned",
        manager_id="anna",
        explanation=WHY,
        due_at=None,
        steps=list(steps),
    )


def test_by_rule_it_says_who_could_have_got_it_too_and_why_the_others_could_not() -> None:
    considered = [
        Considered(manager_id="anna", load=2),
        Considered(manager_id="boris", load=1),
        Considered(manager_id="vera", load=0, out="absent (holiday) until 2026-03-09 00:00 UTC"),
    ]
    steps = (
        Tried(rule="german", failed="language is ru, wanted: de"),
        Tried(rule="retail", strategy="round_robin", considered=considered, outcome="given to anna"),
    )
    assert in_words([assigned()], [routed(*steps)]) == (
        f"anna has it since 2026-03-02 10:15 UTC. {WHY} It could have been boris, too."
        " Could not take it: vera (absent (holiday) until 2026-03-09 00:00 UTC)."
        " Rules that did not fit: german (language is ru, wanted: de)."
    )


def test_by_hand_it_says_who_did_it_and_of_one_that_was_returned_that_nobody_has_it() -> None:
    by_hand = assigned("Given by hand.", strategy="by_hand")
    assert in_words([by_hand, assigned()], [routed(Tried(rule="retail"))]) == (
        "anna has it since 2026-03-02 10:15 UTC. Given by hand. Done by user:olga."
    )
    back = assigned("Returned by anna: not-my-region.", manager_id=None, strategy="returned")
    assert in_words([back, assigned()], []) == "Nobody has it now. Returned by anna: not-my-region."


def test_of_a_lead_that_nobody_got_it_says_why() -> None:
    waits = routed().model_copy(
        update={"outcome": "unsorted", "manager_id": None, "explanation": "The request is a test."}
    )
    assert in_words([], [waits]) == "The request is a test."
    assert in_words([], []) == "Nobody has it, and no rules of distribution were asked."
