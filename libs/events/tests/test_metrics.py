"""The catalogue of metrics is complete, documented, and bounded."""

import re

from events import metrics


def test_every_metric_says_what_it_means_in_a_sentence_and_its_unit() -> None:
    for row in metrics.CATALOGUE:
        assert row.meaning.endswith("."), row.name
        assert row.unit, row.name
        assert re.fullmatch(r"voronka_[a-z][a-z_]*", row.name), row.name


def test_names_say_what_kind_a_metric_is() -> None:
    for row in metrics.CATALOGUE:
        assert row.name.endswith("_total") == (row.kind == "counter"), row.name
        assert row.name.endswith("_seconds") or row.kind != "histogram", row.name


def test_no_label_can_hold_a_person_or_an_id() -> None:
    allowed = {
        "service", "consumer", "reason", "type", "shard", "kind", "outcome", "channel", "method", "route", "status",
        "component", "logger", "worker", "state", "setting", "projection", "version", "python",
    }  # fmt: skip
    assert {label for row in metrics.CATALOGUE for label in row.labels} <= allowed


def test_the_page_has_every_metric_and_the_process_itself() -> None:
    page = metrics.page().decode()
    for row in metrics.CATALOGUE:
        assert f"# TYPE {row.name.removesuffix('_total') if row.kind == 'counter' else row.name}" in page, row.name
    assert "process_resident_memory_bytes" in page
