"""What rules work out for their actions: values by name, of the event and of what was known, always the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from automation.actions.effect import Known
from automation.facts.asking import made, never
from automation.facts.shape import BEFORE, EARLIER
from automation.parts import Language
from automation.rules.backtest import Trial
from automation.rules.check import parse
from automation.rules.computing import known_names, worked_out
from automation.rules.conditions import Facts
from automation.rules.matching import fired
from automation.rules.rule import Rule, Rules
from automation.timing.pending import read
from events.contracts.deals import DealWon, Money
from events.tasks import Task
from events.testing import AT, Log
from hypothesis import given, settings
from hypothesis import strategies as st

DEAL, CUSTOMER = UUID(int=7), UUID(int=8)
TITLE = {"ru": "Сделка", "en": "Deal"}
LANGUAGE: Language = "en"
NOTE = {"do": "add_note", "id": "note", "text": {"ru": "{{ values.x }}", "en": "{{ values.x }}"}}


def rule(compute: dict[str, str], *actions: dict[str, Any], trigger: str = "deal.won.v1", **parts: Any) -> Rule:
    told = {"id": "r", "version": 1, "title": TITLE, "trigger": trigger, "compute": compute, "actions": list(actions)}
    return Rule.model_validate(told | parts)


def won(amount: str = "100.10") -> Any:
    value = Money(amount=amount, currency="RUB")
    return Log().append(DEAL, DealWon(deal_id=DEAL, customer_id=CUSTOMER, from_stage="a", stage="won", value=value))


def note_of(compute: dict[str, str], amount: str = "100.10", known: dict[str, Any] | None = None) -> str:
    """What the rule's note says, or why it is withheld."""
    name = list(compute)[-1]
    made = rule(compute, NOTE | {"values": {"x": f"computed.{name}"}})
    (one,) = fired(Rules((made,)), won(amount)[0].recorded(), LANGUAGE)
    event = (one.informed(known) if known is not None else one).effect().event
    return str(getattr(event, "text", None) or getattr(event, "reason", None))


@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        ({"x": "event.value.amount * 1.2"}, "120.12"),
        ({"net": "event.value.amount / 1.1", "x": "event.value.amount - computed.net"}, "9.1"),
        ({"x": "event.value.amount > 100.0 ? 'big' : 'small'"}, "big"),
        ({"x": "event.stage + '!'"}, "won!"),
        ({"x": "recorded_at + duration('48h')"}, "2026-03-04T09:30:00+00:00"),
        ({"x": "int(event.value.amount)"}, "100"),
        ({"x": "max(event.value.amount * 0.1, 15.0)"}, "15"),
        ({"x": "min(abs(-3), 5)"}, "3"),
        ({"x": "round(event.value.amount / 3.0, 2)"}, "33.37"),
        ({"x": "local(recorded_at, 'Asia/Vladivostok').getHours()"}, "19"),
        ({"x": "event.value.amount / 0.0"}, "not_computed: x"),
        ({"x": "event.unchecked.size()"}, "not_computed: x"),
        ({"gone": "1 / 0", "x": "computed.gone + 1"}, "not_computed: x"),
    ],
)
def test_values_are_worked_out_one_after_the_other(compute: dict[str, str], expected: str) -> None:
    assert note_of(compute) == expected


def test_values_of_what_is_known_are_those_as_of_the_event() -> None:
    deal = made("deal", {"fields.visits": 4, "stage": "won"})
    before = {"customer": None, "deal": made("deal", {"stage": "offer"}), "lead": None}
    known = {"customer": None, "deal": deal, "lead": None, EARLIER: never(), BEFORE: before}
    assert note_of({"x": "deal.fields.visits + 1"}, known=known) == "5"
    assert note_of({"x": "before.deal.stage + ' -> ' + deal.stage"}, known=known) == "offer -> won"
    assert note_of({"x": "customer.open_deals + 1"}, known=known) == "not_computed: x"


def test_what_asks_more_than_the_event_waits_until_it_is_known() -> None:
    assert known_names("event.value.amount", "earlier.own.count") == {"earlier"}
    assert not known_names("event.customer_id", "recorded_at")
    assert known_names("before.deal.stage == 'x'") == {"before"}
    assert known_names("event.before == 'x'", "deal.stage == 'before'") == {"deal"}
    made = rule({"x": "deal.fields.visits + 1"}, NOTE | {"values": {"x": "computed.x"}})
    (one,) = fired(Rules((made,)), won()[0].recorded(), LANGUAGE)
    assert (one.is_at_once, one.asks_the_past) == (False, True)


def test_a_firing_that_waits_keeps_what_is_to_be_worked_out() -> None:
    compute = {"x": "event.value.amount * 2.0"}
    made = rule(compute, NOTE | {"values": {"x": "computed.x"}, "timing": {"after": {"days": 1}}})
    (one,) = fired(Rules((made,)), won()[0].recorded(), LANGUAGE)
    work = one.task()
    payload = orjson.loads(orjson.dumps(work.payload))
    again = read(Task(work.task_id, work.kind, payload, work.due_at, 1, work.task_id, work.cause), LANGUAGE)
    assert again.compute == compute
    assert again.effect().event == one.effect().event
    before_that = {name: value for name, value in payload.items() if name != "compute"}
    old = read(Task(work.task_id, work.kind, before_that, work.due_at, 1, work.task_id, work.cause), LANGUAGE)
    assert old.compute == {}


@settings(max_examples=25)
@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_the_same_event_gives_the_same_effect_whenever_it_is_asked(amount: Any) -> None:
    compute = {"fee": "event.value.amount * 0.3", "x": "computed.fee > 1000.0 ? computed.fee : 1000.0"}
    assert note_of(compute, str(amount)) == note_of(compute, str(amount), known={})


@pytest.mark.parametrize(
    ("compute", "fault"),
    [
        ({"x": "event.valu.amount"}, ".compute.x: character 1: the event has no field valu"),
        ({"x": "event.value.amount * "}, ".compute.x: line 1, character"),
        ({"x": "computed.y + 1", "y": "1"}, ".compute.x: character 1: y is not computed before; there are: none"),
        ({"x": "lead.state"}, ".compute.x: character 1: deal.won.v1 has no lead_id"),
        ({"x": "before.lead.state"}, ".compute.x: character 1: the before has no field lead"),
        ({"x": "before.deal.stag"}, ".compute.x: character 1: deal has no field stag"),
        ({"x": "duration('1h')"}, ".compute.x: comes to"),
        ({"x": "recorded_at.getHours('Europe/Moscow')"}, "character 13: ask local(time, 'Europe/Moscow').getHours()"),
        ({"x": "local(recorded_at, 'Moon/Sea').getHours()"}, "character 1: local needs a zone"),
        ({"x": "bool('true')"}, "character 1: there is no function bool"),
        ({"x": "event.because"}, ".compute.x: character 1: because is sealed"),
        ({"x": "[1, 2].map(n, [3].map(m, n + m))"}, "a walk over a list inside another"),
        ({"X": "1"}, ".compute.X"),
        ({f"v{n}": "1" for n in range(21)}, ".compute: "),
        ({"x": "1 " * 2_000}, ".compute.x: is longer than"),
    ],
)
def test_what_cannot_be_worked_out_is_told_with_its_place_when_the_rule_is_saved(
    compute: dict[str, str], fault: str
) -> None:
    told = {"id": "r", "version": 1, "title": TITLE, "trigger": "deal.won.v1", "compute": compute, "actions": [NOTE_1]}
    _, faults = parse(told, Known(frozenset()))
    assert any(one.startswith(fault) or fault in one for one in faults), faults


NOTE_1 = {"do": "add_note", "id": "note", "text": {"ru": "а", "en": "b"}}


def test_before_is_for_where_and_not_for_still() -> None:
    told = {"id": "r", "version": 1, "title": TITLE, "trigger": "deal.won.v1"}
    _, faults = parse(told | {"actions": [NOTE_1 | {"still": "before.deal.stage == 'x'"}]}, Known(frozenset()))
    assert any("there is no variable before" in one for one in faults), faults
    _, faults = parse(told | {"where": "before.deal.stage == 'x'", "actions": [NOTE_1]}, Known(frozenset()))
    assert faults == []


@pytest.mark.parametrize("where", ["", "deal.fields.visits > 3"])
async def test_a_back_test_works_the_same_values_out(where: str) -> None:
    made_of = made("deal", {"fields.visits": 4})

    async def known(firings: Any) -> Any:
        return [{"customer": None, "deal": made_of, "lead": None, EARLIER: never()} for _ in firings]

    compute = {"visits": "deal.fields.visits + 1", "no": "deal.fields.nothing + 1"}
    notes = [NOTE | {"id": id_, "values": {"x": f"computed.{name}"}} for id_, name in (("a", "visits"), ("b", "no"))]
    tried = Trial(rule(compute, *notes, where=where), AT - timedelta(days=1), AT + timedelta(days=1), LANGUAGE, known)
    await tried.take(won())
    found = tried.finish()
    assert found.effects == {"a": {"deal.note-requested.v1": 1}}
    assert found.withheld == {"not_computed: no": 1}
    assert found.samples[0].effects[0]["event"]["text"] == "5"


def test_a_bomb_of_values_is_refused_or_ends() -> None:
    compute = {f"v{n}": f"computed.v{n - 1} + computed.v{n - 1}" if n else "'" + "x" * 1_000 + "'" for n in range(20)}
    facts = Facts({"event": {}, "type": "t", "occurred_at": AT, "recorded_at": AT, "actor": "a"})
    values = worked_out(compute, facts)
    assert sorted(values) == ["v0", "v1", "v2", "v3"]
    grown = {f"v{n}": f"computed.v{n - 1} + computed.v{n - 1}" if n else "[1, 2, 3]" for n in range(20)}
    assert max(map(len, worked_out(grown, facts).values())) == 768
