"""Who gets a lead: given managers and rules, when a lead comes, then this one, and the reasons."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from events.contracts.leads import WorkingWindow
from events.hours import Schedule
from hypothesis import given, settings
from hypothesis import strategies as st
from leads.routing.decide import Decision, Facts, Given, Listed, Outcome, Unsorted, Waits, decide
from leads.routing.desk import Absence, Desk, Manager, hindrance
from leads.routing.models import Rule, Ruleset

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)  # a Monday
ALWAYS = Schedule(ZoneInfo("UTC"))
EVENINGS = Schedule(ZoneInfo("UTC"), (WorkingWindow(weekday="mon", opens="18:00", closes="22:00"),))
LEAD = Facts(UUID(int=1), source="shop", channel="yandex", intake="tilda", direction="retail")
IN_TURNS = {"strategy": "round_robin"}
LEAST_BUSY = {"strategy": "least_busy"}


def manager(name: str, **more: Any) -> Manager:
    return Manager(name, name.title(), more.pop("schedule", ALWAYS), **more)


def desk(*managers: Manager) -> Desk:
    return Desk({one.id: one for one in managers})


def rules(*given_rules: dict[str, Any], **more: Any) -> Ruleset:
    named = [{"id": f"rule-{n}", **rule} for n, rule in enumerate(given_rules, 1)]
    return Ruleset.model_validate({"rules": named, **more})


def outcome(facts: Facts, ruleset: Ruleset, at_desk: Desk, at: datetime = AT) -> Outcome:
    return decide(facts, ruleset, at_desk, at).outcome


def to(decision: Outcome) -> str:
    assert isinstance(decision, Given), decision
    return decision.manager_id


def away(reason: str = "holiday", deputy: str | None = None, days: int = 7) -> Absence:
    return Absence(AT - timedelta(days=1), AT + timedelta(days=days), reason, deputy)


def test_without_a_rule_a_lead_stays_unsorted() -> None:
    assert isinstance(outcome(LEAD, Ruleset(), desk(manager("anna"))), Unsorted)


def test_where_no_rule_finds_anybody_the_sources_default_responsible_gets_the_lead() -> None:
    lead, floor = replace(LEAD, default_manager="anna"), desk(manager("anna"), manager("boris"))
    decision = decide(lead, Ruleset(), floor, AT)
    assert isinstance(decision.outcome, Given)
    assert decision.outcome.explanation == "The source names Anna."
    boris = rules({"to": {"strategy": "manager", "manager_id": "boris"}})
    assert to(outcome(lead, boris, floor)) == "boris"
    by_hand = rules({"to": {"strategy": "by_hand"}})
    assert isinstance(outcome(lead, by_hand, floor), Unsorted)
    assert isinstance(outcome(lead, Ruleset(), desk(manager("anna", absences=(away(),)))), Unsorted)


def test_the_first_rule_that_fits_decides() -> None:
    ruleset = rules(
        {"when": {"directions": ["wholesale"]}, "to": {"strategy": "manager", "manager_id": "anna"}},
        {"when": {"sources": ["shop"]}, "to": {"strategy": "manager", "manager_id": "boris"}},
        {"to": {"strategy": "manager", "manager_id": "vera"}},
    )
    decision = decide(LEAD, ruleset, desk(manager("anna"), manager("boris"), manager("vera")), AT)
    assert to(decision.outcome) == "boris"
    assert [(step.rule, step.failed) for step in decision.steps] == [
        ("rule-1", "direction is retail, wanted: wholesale"),
        ("rule-2", None),
    ]


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        ({"channels": ["yandex"]}, True),
        ({"channels": ["google"]}, False),
        ({"intakes": ["tilda", "api"]}, True),
        ({"campaigns": ["spring"]}, False),
        ({"languages": ["EN"]}, True),
        ({"languages": ["ru"]}, False),
        ({"regions": ["Kazan"]}, True),
        ({"regions": ["DE"]}, False),
        ({"returning": True}, False),
        ({"returning": False}, True),
        ({"fields": {"Budget": ["High"]}}, True),
        ({"fields": {"Budget": ["low"]}}, False),
        ({"fields": {"Colour": ["red"]}}, False),
        ({"sources": ["shop"], "channels": ["google"]}, False),
    ],
)
def test_a_rule_fits_a_lead_of_which_all_its_conditions_hold(when: dict[str, Any], fits: bool) -> None:
    facts = replace(LEAD, language="en", regions=frozenset(("ru", "kazan")), fields={"budget": "high"})
    found = outcome(facts, rules({"when": when, "to": IN_TURNS}), desk(manager("anna")))
    assert isinstance(found, Given) == fits


def test_values_of_the_sealed_request_stay_out_of_the_explanation() -> None:
    facts = replace(LEAD, regions=frozenset(("kazan",)), fields={"passport": "4509 123456"})
    ruleset = rules(
        {"when": {"fields": {"passport": ["x"]}}, "to": IN_TURNS}, {"when": {"regions": ["x"]}, "to": IN_TURNS}
    )
    said = str(decide(facts, ruleset, desk(), AT).steps)
    assert "4509" not in said
    assert "kazan" not in said


@pytest.mark.parametrize("intake", ["import", "amocrm", "bitrix24"])
def test_imported_leads_are_routed_only_by_a_rule_that_names_imports(intake: str) -> None:
    imported, everybody = replace(LEAD, intake=intake), desk(manager("anna"))
    assert isinstance(outcome(imported, rules({"to": IN_TURNS}), everybody), Unsorted)
    assert to(outcome(imported, rules({"when": {"intakes": [intake]}, "to": IN_TURNS}), everybody)) == "anna"


@pytest.mark.parametrize("facts", [replace(LEAD, is_test=True), replace(LEAD, is_blacklisted=True, own_manager="anna")])
def test_tests_and_blacklisted_customers_go_to_nobody(facts: Facts) -> None:
    assert isinstance(outcome(facts, rules({"to": IN_TURNS}), desk(manager("anna"))), Unsorted)


def test_a_line_of_business_can_be_left_to_hand() -> None:
    ruleset, everybody = rules({"to": IN_TURNS}, by_hand_directions=["retail"]), desk(manager("anna"))
    assert isinstance(outcome(LEAD, ruleset, everybody), Unsorted)
    assert to(outcome(replace(LEAD, direction="wholesale"), ruleset, everybody)) == "anna"


def test_a_returning_customer_goes_to_his_own_manager_also_outside_of_hours() -> None:
    returning = replace(LEAD, is_returning=True, own_manager="boris")
    everybody = desk(manager("anna"), manager("boris", schedule=EVENINGS, load=50, open_limit=10))
    decided = outcome(returning, rules({"to": IN_TURNS}), everybody)
    assert (to(decided), decided.strategy) == ("boris", "own_manager")  # type: ignore[union-attr]
    asked_not_to = rules({"to": IN_TURNS}, returning_to_own_manager=False)
    assert to(outcome(returning, asked_not_to, everybody)) == "anna"


def test_an_absent_managers_customer_goes_to_the_deputy_and_else_by_the_rules() -> None:
    returning = replace(LEAD, is_returning=True, own_manager="boris")
    absent, anna, vera = manager("boris", absences=[away(deputy="vera")]), manager("anna"), manager("vera")
    ruleset = rules({"to": {**IN_TURNS, "managers": ["anna"]}})
    assert to(outcome(returning, ruleset, desk(anna, absent, vera))) == "vera"
    gone = replace(vera, absences=[away()])
    assert to(outcome(returning, ruleset, desk(anna, absent, gone))) == "anna"
    left = manager("boris", active=False)
    assert to(outcome(returning, ruleset, desk(anna, left, vera))) == "anna"


def test_a_named_manager_or_his_deputy() -> None:
    ruleset = rules({"to": {"strategy": "manager", "manager_id": "anna"}})
    assert to(outcome(LEAD, ruleset, desk(manager("anna"), manager("boris")))) == "anna"
    absent = desk(manager("anna", absences=[away(deputy="boris")]), manager("boris"))
    assert to(outcome(LEAD, ruleset, absent)) == "boris"
    assert isinstance(outcome(LEAD, ruleset, desk(manager("boris"))), Unsorted)


def test_least_busy_is_who_has_the_fewest_in_work_then_who_waited_longest() -> None:
    everybody = desk(manager("anna", load=4, last=1), manager("boris", load=2, last=9), manager("vera", load=2, last=7))
    decided = outcome(LEAD, rules({"to": LEAST_BUSY}), everybody)
    assert to(decided) == "vera"
    assert "fewest leads in work (2)" in decided.explanation  # type: ignore[union-attr]


@pytest.mark.parametrize(("target", "chosen"), [({"teams": ["north"]}, "boris"), ({"departments": ["b2b"]}, "vera")])
def test_a_rule_chooses_within_a_team_or_a_department(target: dict[str, Any], chosen: str) -> None:
    everybody = desk(manager("anna"), manager("boris", teams=frozenset(("north",))), manager("vera", department="b2b"))
    assert to(outcome(LEAD, rules({"to": IN_TURNS | target}), everybody)) == chosen


def test_a_rule_may_say_by_hand_or_a_call_list() -> None:
    everybody = desk(manager("anna"))
    by_hand = rules({"to": {"strategy": "by_hand"}}, {"to": IN_TURNS})
    assert isinstance(outcome(LEAD, by_hand, everybody), Unsorted)
    cold = rules(
        {"on": "qualified", "when": {"temperatures": ["cold"]}, "to": {"strategy": "call_list", "call_list": "c"}}
    )
    judged = replace(LEAD, temperature="cold")
    assert decide(judged, cold, everybody, AT, "qualified").outcome == Listed("c", "rule-1")
    assert isinstance(decide(judged, cold, everybody, AT, "captured").outcome, Unsorted)
    assert isinstance(decide(replace(judged, temperature="hot"), cold, everybody, AT, "qualified").outcome, Unsorted)


def test_when_nobody_is_there_the_rule_says_what_then() -> None:
    tonight = desk(manager("anna", schedule=EVENINGS), manager("boris", absences=[away(days=1)]))
    evening = AT.replace(hour=18, minute=0)
    assert outcome(LEAD, rules({"to": IN_TURNS, "otherwise": "wait"}), tonight) == Waits(evening, "rule-1")
    assert isinstance(outcome(LEAD, rules({"to": IN_TURNS, "otherwise": "unsorted"}), tonight), Unsorted)
    then = {"to": {"strategy": "call_list", "call_list": "later"}}
    assert outcome(LEAD, rules({"to": IN_TURNS, "otherwise": "next_rule"}, then), tonight) == Listed("later", "rule-2")


def test_nobody_is_waited_for_who_would_never_come() -> None:
    never = desk(manager("anna", active=False), manager("boris", sources=frozenset(("other",))))
    assert isinstance(outcome(LEAD, rules({"to": IN_TURNS, "otherwise": "wait"}), never), Unsorted)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"active": False}, "not active"),
        ({"directions": frozenset(("b2b",))}, "does not get the line of business retail"),
        ({"sources": frozenset(("other",))}, "does not get leads of the source shop"),
        ({"languages": frozenset(("ru",))}, "does not speak en"),
        ({"absences": [away()]}, "absent (holiday) until 2026-03-09 09:30 UTC"),
        ({"schedule": EVENINGS}, "outside of working hours, works again 2026-03-02 18:00 UTC"),
        ({"load": 3, "open_limit": 3}, "has 3 leads in work, the limit"),
    ],
)
def test_why_each_fell_out_is_told(more: dict[str, Any], why: str) -> None:
    decision = decide(replace(LEAD, language="en"), rules({"to": IN_TURNS}), desk(manager("anna", **more)), AT)
    assert isinstance(decision.outcome, Unsorted)
    assert [one.out for one in decision.steps[0].considered] == [why]


def test_who_comes_back_begins_with_the_others_instead_of_catching_up() -> None:
    both = desk(manager("anna"), manager("boris", absences=[away()]))
    ruleset = rules({"to": IN_TURNS})
    for _ in range(50):
        both.give(to(outcome(LEAD, ruleset, both)), "rule-1")
    both.managers = {**both.managers, "boris": replace(both.managers["boris"], absences=())}
    after = [_give(both, ruleset) for _ in range(10)]
    assert Counter(after) == {"anna": 5, "boris": 5}


def _give(at_desk: Desk, ruleset: Ruleset, at: datetime = AT) -> str:
    chosen = decide(LEAD, ruleset, at_desk, at).outcome
    name = to(chosen)
    at_desk.give(name, chosen.turn_of)  # type: ignore[union-attr]
    return name


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(1, 10), min_size=2, max_size=6), st.integers(1, 200))
def test_turns_are_shared_by_weight_to_within_a_turn(weights: list[int], leads: int) -> None:
    names = [f"m{n}" for n in range(len(weights))]
    everybody = desk(*(manager(name, weight=weight) for name, weight in zip(names, weights, strict=True)))
    ruleset = rules({"to": IN_TURNS})
    counts: Counter[str] = Counter()
    for _ in range(leads):
        counts[_give(everybody, ruleset)] += 1
        shares = [(counts[name], weight) for name, weight in zip(names, weights, strict=True)]
        for one, its in shares:
            for other, others in shares:
                assert abs(one / its - other / others) <= 1 / its + 1 / others + 1e-9


managers_at_random = st.builds(
    lambda name, load, limit, weight, absent, schedule, active, last: Manager(
        name, name, schedule, active=active, load=load, open_limit=limit, weight=weight, last=last,
        absences=[away()] if absent else [],
    ),
    st.sampled_from([f"m{n}" for n in range(6)]),
    st.integers(0, 5),
    st.none() | st.integers(0, 5),
    st.integers(1, 10),
    st.booleans(),
    st.sampled_from([ALWAYS, EVENINGS]),
    st.booleans(),
    st.integers(0, 9),
)  # fmt: skip
desks = st.lists(managers_at_random, max_size=6).map(lambda them: desk(*them))
rulesets = st.builds(
    lambda strategy, otherwise: rules({"to": {"strategy": strategy}, "otherwise": otherwise}),
    st.sampled_from(["round_robin", "least_busy"]),
    st.sampled_from(["next_rule", "wait", "unsorted"]),
)


@given(desks, rulesets, st.integers(0, 24))
def test_nobody_gets_a_lead_who_cannot_take_it(at_desk: Desk, ruleset: Ruleset, hour: int) -> None:
    at = AT + timedelta(hours=hour)
    match outcome(LEAD, ruleset, at_desk, at):
        case Given(manager_id=chosen):
            assert hindrance(at_desk.managers[chosen], at, "retail", "shop", None) is None
        case Waits(until=until):
            assert until > at
            assert all(hindrance(one, at, "retail", "shop", None) for one in at_desk.managers.values())
        case _:
            assert all(hindrance(one, at, "retail", "shop", None) for one in at_desk.managers.values())


@given(desks)
def test_nobody_less_busy_is_passed_over(at_desk: Desk) -> None:
    match outcome(LEAD, rules({"to": LEAST_BUSY}), at_desk):
        case Given(manager_id=chosen):
            free = [one for one in at_desk.managers.values() if hindrance(one, AT, "retail", "shop", None) is None]
            assert at_desk.managers[chosen].load == min(one.load for one in free)


@given(desks, rulesets)
def test_the_same_facts_give_the_same_answer_in_whatever_order_managers_are_read(
    at_desk: Desk, ruleset: Ruleset
) -> None:
    backwards = Desk(dict(reversed(list(at_desk.managers.items()))))
    first: Decision = decide(LEAD, ruleset, at_desk, AT)
    assert first == decide(LEAD, ruleset, at_desk, AT) == decide(LEAD, ruleset, backwards, AT)


def test_two_rules_of_one_id_are_refused() -> None:
    rule = Rule.model_validate({"id": "same", "to": IN_TURNS})
    with pytest.raises(ValueError, match="share an id: same"):
        Ruleset(rules=(rule, rule))
