"""A line that would come hundreds of times is written once a minute, and says how often it was to be."""

from __future__ import annotations

from events.seldom import SECONDS, Seldom
from structlog.testing import capture_logs


def test_the_first_line_is_written_at_once_and_the_next_counts_those_between() -> None:
    now = [0.0]
    say = Seldom(lambda: now[0])
    with capture_logs() as lines:
        for error in ("no card", "no card", "no address", "no card"):
            say("task_retries", error=error)
        now[0] = SECONDS
        say("task_retries", error="no card")
    assert [line["times"] for line in lines] == [{"no card": 1}, {"no card": 3, "no address": 1}]
