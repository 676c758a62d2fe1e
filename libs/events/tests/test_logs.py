"""Logs: one JSON object a line, the trail in it, no personal data and no secrets, and no floods."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import structlog
from events import logs, metrics
from events.tracing import Trail, following
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

PHONE, EMAIL = "+7 (916) 123-45-67", "anna.k@example.org"
KEY = "vk_webteam01_" + "x" * 43
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """What is logged, line by line, as JSON; logging and structlog are set back after the test."""
    root, output = logging.getLogger(), io.StringIO()
    handlers, level = list(root.handlers), root.level
    monkeypatch.setattr(sys, "stdout", output)
    logs.configure("leads", "INFO", "json")
    yield lambda: [json.loads(line) for line in output.getvalue().splitlines()]
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def test_a_line_tells_who_what_when_and_from_what(lines: Lines) -> None:
    correlation, causation = UUID(int=1), UUID(int=2)
    trail = Trail(correlation, causation, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    with following(trail):
        token = logs.role.set("consumer")
        structlog.get_logger("events.consumer").info("batch_applied", events=3)
        logs.role.reset(token)
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "batch_applied", "events": 3, "level": "info", "logger": "events.consumer", "service": "leads",
        "role": "consumer", "correlation_id": str(correlation), "causation_id": str(causation),
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    }  # fmt: skip


def test_lines_of_libraries_look_the_same(lines: Lines) -> None:
    logging.getLogger("aiokafka.conn").warning("Unable to connect to %s:%d", "kafka", 9092)
    (line,) = lines()
    assert (line["event"], line["service"], line["level"]) == ("Unable to connect to kafka:9092", "leads", "warning")


def test_below_the_level_nothing_is_logged(lines: Lines) -> None:
    structlog.get_logger("x").debug("quiet")
    logging.getLogger("x").debug("quiet")
    assert lines() == []


@pytest.mark.parametrize(
    "values",
    [
        {"phone": PHONE},
        {"name": "Анна"},
        {"customer": {"first_name": "Анна", "tags": ["vip"]}},
        {"rows": [{"email": EMAIL}]},
        {"detail": f"called {PHONE}, wrote to {EMAIL}"},
        {"detail": "tel:+79161234567"},
        {"detail": "89161234567."},
        {"detail": "79161234567"},
        {"authorization": f"Bearer {KEY}"},
        {"detail": f"got {KEY}"},
        {"url": "postgresql://voronka:hunter2@db/x"},
        {"detail": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJl"},
        {"bot_token": "12345:abc"},
        {"body": b"name=Anna"},
        {"value": PHONE.encode()},
        {"error": ValueError(f"bad phone {PHONE}")},
    ],
)
def test_personal_data_and_secrets_do_not_get_in(lines: Lines, values: dict[str, Any]) -> None:
    structlog.get_logger("x").info("happened", **values)
    (line,) = lines()
    del line["timestamp"]
    text = json.dumps(line, ensure_ascii=False)
    for secret in ("Анна", "916", EMAIL, KEY, "hunter2", "eyJ", "12345:abc", "name=Anna"):
        assert secret not in text


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22 04:05:13", "0190a8b2-5f0e-7000-8000-000000000001", "position 1234567890", "took 0.123456789012 s",
        "127.0.0.1:29092", "voronka.leads.v1", "4bf92f3577b34da6a3ce929d0e0e4736", "offset=104857600",
    ],
)  # fmt: skip
def test_what_operators_need_stays(lines: Lines, text: str) -> None:
    structlog.get_logger("x").info("happened", detail=text)
    assert lines()[0]["detail"] == text


@given(st.sampled_from(["+7", "8", "7"]), st.integers(9_000_000_000, 9_999_999_999), st.sampled_from("({[ .,;:!?\"'"))
def test_a_russian_mobile_number_is_found_in_any_text(start: str, number: int, around: str) -> None:
    event = {"event": f"x{around}{start}{number} {around}"}
    assert str(number) not in logs.redact(None, "info", event)["event"]


def test_an_error_is_told_with_its_place_and_without_its_values(lines: Lines) -> None:
    class Card(BaseModel):
        phone: int

    log = structlog.get_logger("x")
    unique = asyncpg.UniqueViolationError('duplicate key value violates unique constraint "identities_pkey"')
    unique.constraint_name, unique.table_name = "identities_pkey", "identities"
    unique.detail = f"Key (phone)=({PHONE}) already exists."
    try:
        try:
            Card(phone=PHONE)  # type: ignore[arg-type]
        except ValidationError as error:
            raise unique from error
    except asyncpg.UniqueViolationError:
        log.exception("failed")
    try:
        raise asyncpg.DataError(f"invalid input for query argument $1: '{PHONE}' (expected int)")
    except asyncpg.DataError:
        log.exception("failed")
    first, second = lines()
    assert "(916)" not in json.dumps([first, second])
    assert "identities.identities_pkey" in first["error"]
    assert first["cause"] == "ValidationError: phone: int_parsing"
    assert "test_logs.py" in first["traceback"]
    assert second["error"] == "DataError: invalid input for query argument $1"


def test_an_error_without_a_traceback_is_told_too(lines: Lines) -> None:
    structlog.get_logger("x").error("failed", exc_info=RuntimeError("why"))
    assert lines()[0]["error"] == "RuntimeError: why"


def test_a_flood_of_one_logger_is_cut_counted_and_announced(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    handler = logging.getLogger().handlers[0]
    handler.filters[:] = [logs.FloodFilter(clock=lambda: now[0])]
    flooding, other = logging.getLogger("aiokafka.flooding"), logging.getLogger("leads.domain")
    for n in range(500):
        flooding.error("Unable to connect %d", n)
        other.info("mine")
    suppressed = metrics.LOG_LINES_SUPPRESSED.labels("aiokafka.flooding")._value.get()
    now[0] += logs.FLOOD_SECONDS
    flooding.error("Unable to connect again")
    written = lines()
    assert sum(line["logger"] == "leads.domain" for line in written) == 500
    of_flood = [line["event"] for line in written if line["logger"] == "aiokafka.flooding"]
    assert len(of_flood) == logs.FLOOD_LINES + 1
    assert of_flood[-1] == f"Unable to connect again [{500 - logs.FLOOD_LINES} lines left out before]"
    assert suppressed == 500 - logs.FLOOD_LINES


def test_people_get_readable_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    root, output = logging.getLogger(), io.StringIO()
    handlers, level = list(root.handlers), root.level
    monkeypatch.setattr(sys, "stdout", output)
    try:
        logs.configure("leads", "INFO", "console")
        try:
            raise ValueError(PHONE)
        except ValueError:
            structlog.get_logger("x").exception("failed", phone=PHONE)
    finally:
        root.handlers[:], root.level = handlers, level
        structlog.reset_defaults()
    assert "failed" in output.getvalue()
    assert "(916)" not in output.getvalue()
