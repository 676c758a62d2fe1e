"""The definitions of metrics name what there is."""

from __future__ import annotations

from collections import Counter

import pytest
from analytics.main import SALES
from analytics.reports.catalogue import BY_NAME, REPORTS
from analytics.reports.metrics import Metric, metrics

NUMBERS = {f"C{number}" for number in [*range(94, 125), *range(129, 139), 151]}

EACH = pytest.mark.parametrize("metric", metrics(), ids=lambda metric: metric.code)


def test_every_capability_of_reports_has_a_definition_and_no_metric_has_two() -> None:
    assert NUMBERS - {metric.capability for metric in metrics()} == set()
    assert [code for code, times in Counter(metric.code for metric in metrics()).items() if times > 1] == []


@EACH
def test_a_metric_is_computed_from_events_that_make_facts(metric: Metric) -> None:
    assert metric.events
    assert set(metric.events) - set(SALES.statements) == set()


@EACH
def test_a_metric_stands_in_a_field_of_a_report(metric: Metric) -> None:
    assert metric.fields
    for place in metric.fields:
        report, _, field = place.partition(".")
        assert field in BY_NAME[report].row.model_fields, place


def test_every_report_shows_a_metric() -> None:
    assert {place.partition(".")[0] for metric in metrics() for place in metric.fields} == {one.name for one in REPORTS}


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_every_number_of_a_report_is_described(report) -> None:
    assert report.answer.__doc__
    undescribed = [name for name, field in report.row.model_fields.items() if not field.description]
    unasked = [name for name, field in report.asked.model_fields.items() if not field.description]
    assert (undescribed, unasked) == ([], [])
