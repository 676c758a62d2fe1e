"""Every recorded request of every provider is understood as its `.json` says, byte for byte."""

import pytest
from golden_requests import KINDS, Case, cases, outcome
from leads.channels import CHANNELS

CASES = cases()


def _without_empty(expected: dict[str, object]) -> dict[str, object]:
    """Golden files leave out what is empty."""
    told = {kind: facts for kind, facts in expected.items() if kind in KINDS.values() and isinstance(facts, list)}
    kept = {
        kind: [{k: v for k, v in fact.items() if v not in (None, [], {}, False)} for fact in facts]
        for kind, facts in told.items()
    }
    return {**expected, **kept}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.source.name}-{case.path.stem}")
def test_a_recorded_request_is_understood_as_written_beside_it(case: Case) -> None:
    assert _without_empty(outcome(case)) == case.expected


def test_every_channel_has_recorded_requests_that_are_captured_and_that_are_refused() -> None:
    captured = {case.source.channel for case in CASES if KINDS.values() & case.expected.keys()}
    refused = {case.source.channel for case in CASES if "refused" in case.expected}

    assert captured == refused == set(CHANNELS)


def test_a_repeat_has_the_same_id_as_the_first_delivery() -> None:
    by_name = {f"{case.source.name}-{case.path.stem}": case for case in CASES}
    for first, again in (
        ("tilda-form", "tilda-repeat"),
        ("mango-appeared", "mango-summary_inbound"),
        ("twilio-inbound_call", "twilio-call_completed"),
        ("sendgrid-letter", "sendgrid_signed-letter"),
    ):
        ids = [outcome(by_name[name])["inquiries"][0]["provider_id"] for name in (first, again)]
        assert ids[0] == ids[1], (first, again)
