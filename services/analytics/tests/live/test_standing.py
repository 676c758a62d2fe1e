"""What has changed since a mark, and which reports that touches."""

from __future__ import annotations

from analytics.live.standing import Readers, Standing
from analytics.live.wiring import tables_of_reports
from analytics.main import SALES
from events.event import REGISTRY

THEN = {"leads": [5, 7], "deals": [0, 1], "automation": [0, 0]}


def test_what_has_moved_on_since_a_mark_is_told_and_nothing_else() -> None:
    mark = Standing.of("sales_v3_b1", THEN).mark
    assert Standing.of("sales_v3_b1", THEN).changed_since(mark) == []
    assert Standing.of("sales_v3_b1", THEN | {"deals": [0, 2]}).changed_since(mark) == ["deals"]
    assert Standing.of("sales_v3_b1", THEN | {"leads": [7, 5]}).changed_since(mark) == ["leads"]


def test_after_a_switch_to_another_build_and_for_a_mark_of_nobody_everything_has_changed() -> None:
    now = Standing.of("sales_v3_b2", THEN)
    everything = ["automation", "deals", "leads"]
    for mark in (Standing.of("sales_v3_b1", THEN).mark, "", "a.b.c", "sales_v3_b2", "sales_v3_b2.x.y.z.z"):
        assert now.changed_since(mark) == everything


def test_a_mark_tells_nobody_how_many_events_there_are() -> None:
    one, other = (Standing.of("sales_v3_b1", {"leads": [count] * 16}).mark for count in (123456, 123457))
    assert "123456" not in one
    assert len(one) == len(other)


def test_every_report_is_touched_by_the_services_whose_facts_it_reads() -> None:
    readers = Readers.of(SALES, tables_of_reports())
    assert {"funnel", "channels", "pareto"} <= readers.reports["deals"]
    assert "funnel" in readers.reports["leads"]
    assert "funnel" not in readers.reports["automation"]
    assert "managers" in readers.reports["automation"]
    for source in SALES.sources:
        assert readers.facts[source], source
    assert {event.owner() for type_, event in REGISTRY.items() if type_ in SALES.statements} == set(readers.facts)
