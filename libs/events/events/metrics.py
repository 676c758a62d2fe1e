"""The catalogue of metrics: every one with its meaning, labels and unit. docs/metrics.md is made from it.

Labels never hold personal data, ids or anything unbounded. The process's own memory, CPU and descriptors come from
prometheus-client's default collectors (`process_resident_memory_bytes` and others). What is known only to the database
is the same in every process that says it: take `max by (…)` over processes, never `sum`.
"""

from contextlib import suppress
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Literal

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import generate_latest

# A series more for each counter and histogram, which nobody reads.
disable_created_metrics()  # type: ignore[no-untyped-call]

PREFIX = "voronka_"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
SLOW = (0.005, 0.02, 0.1, 0.5, 1, 5, 20, 60, 300)


@dataclass(frozen=True, slots=True)
class Described:
    """One row of the catalogue."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    unit: str
    labels: tuple[str, ...]
    meaning: str


CATALOGUE: list[Described] = []
# Whose metrics these are, for code that serves every service and is not told.
PROCESS = SimpleNamespace(service="")


def counter(name: str, meaning: str, *labels: str, unit: str) -> Counter:
    """A metric that only grows; its name ends in `_total`."""
    CATALOGUE.append(Described(PREFIX + name, "counter", unit, labels, meaning))
    return Counter(PREFIX + name, meaning, labels)


def gauge(name: str, meaning: str, *labels: str, unit: str) -> Gauge:
    """A metric that goes up and down."""
    CATALOGUE.append(Described(PREFIX + name, "gauge", unit, labels, meaning))
    return Gauge(PREFIX + name, meaning, labels)


def histogram(name: str, meaning: str, *labels: str, buckets: tuple[float, ...] = FAST) -> Histogram:
    """How long something took, in seconds."""
    CATALOGUE.append(Described(PREFIX + name, "histogram", "seconds", labels, meaning))
    return Histogram(PREFIX + name, meaning, labels, buckets=buckets)


# --- the log
LOG_EVENTS = counter(
    "log_events_total",
    "Events of the service's log by type, counted when they are first published; a refill counts nothing again.",
    "service",
    "type",
    unit="events",
)
EVENTS_APPENDED = counter(
    "events_appended_total",
    "Events committed by commands, intake and tasks; those that consumers append are in log_events_total only.",
    "service",
    unit="events",
)
APPEND_SECONDS = histogram("append_seconds", "Time of the statement that appends a batch of decisions.", "service")
APPEND_CONFLICTS = counter(
    "append_conflicts_total",
    "Appends refused because the stream had moved on; each is decided again.",
    "service",
    unit="appends",
)
UNKNOWN_EVENTS = counter(
    "unknown_events_total", "Events of a type this reader does not know, skipped.", "type", unit="events"
)

# --- the relay
RELAY_PUBLISHED = counter("relay_published_total", "Events acknowledged by Kafka.", "service", unit="events")
RELAY_LAG = gauge("relay_lag_events", "Events stored but not yet published.", "service", unit="events")
RELAY_OLDEST = gauge("relay_oldest_seconds", "Age of the oldest event not yet published.", "service", unit="seconds")
RELAY_REFILLING = gauge(
    "relay_refilling_shards",
    "Shards whose log is being published again and has not yet reached where it was.",
    "service",
    unit="shards",
)
LOG_CLOSED = gauge("log_closed", "1 if the store is older than its log, or another one.", "service", unit="0 or 1")
HISTORY_UNREAD = gauge("history_unread_shards", "Shards that end before the reader's place.", "consumer", unit="shards")
HISTORY_MISSING = gauge("history_missing_events", "Missing events that nobody accepted.", "consumer", unit="events")
RELAY_REFILLS = counter(
    "relay_refills_total",
    "Shards published again from the start because Kafka had lost them.",
    "service",
    "shard",
    unit="refills",
)

# --- consumers
CONSUMER_APPLIED = counter("consumer_applied_total", "Events applied.", "consumer", unit="events")
CONSUMER_DUPLICATES = counter(
    "consumer_duplicates_total",
    "Events skipped because their position was at or below the watermark.",
    "consumer",
    unit="events",
)
CONSUMER_HOLES = counter(
    "consumer_holes_total",
    "Times an event came whose position was beyond the next one: a loss, now waiting for a refill.",
    "consumer",
    unit="holes",
)
CONSUMER_LAG = gauge("consumer_lag_events", "Events published but not yet applied.", "consumer", unit="events")
CONSUMER_LAG_SECONDS = gauge(
    "consumer_lag_seconds",
    "How long ago everything recorded until then was applied, while events wait; 0 if none wait.",
    "consumer",
    unit="seconds",
)
CONSUMER_BATCH_SECONDS = histogram(
    "consumer_batch_seconds", "Time to apply and commit one batch.", "consumer", buckets=SLOW
)
CONSUMER_STOPPED = gauge(
    "consumer_stopped", "1 if the consumer stopped itself: too many poison events.", "consumer", unit="0 or 1"
)
CONSUMER_AWAITED = gauge(
    "consumer_awaited_topics",
    "Topics the consumer would read and that are not there: services that were never started.",
    "consumer",
    unit="topics",
)
QUARANTINED = counter(
    "quarantine_total", "Events put aside because they could not be applied.", "consumer", "reason", unit="events"
)
QUARANTINE_SIZE = gauge("quarantine_size", "Events now put aside.", "consumer", unit="events")

# --- durable tasks
TASKS_DUE = gauge("tasks_due", "Tasks whose time has come and that nobody has taken.", "worker", unit="tasks")
TASK_AGE = gauge("task_age_seconds", "How long the oldest of them has waited.", "worker", unit="seconds")
TASK_RUNS = counter(
    "task_runs_total", "Runs of tasks: done, retry (trouble that may pass), failed (given up).", "kind", "outcome",
    unit="runs",
)  # fmt: skip

# --- intake
INTAKE_RECEIVED = counter(
    "intake_received_total",
    "Requests that came in, by channel and whether they were accepted, deferred, refused, over budget, or unavailable "
    "(not stored).",
    "channel",
    "outcome",
    unit="requests",
)
INTAKE_PENDING = gauge(
    "intake_pending", "Requests stored and not yet parsed, counted up to 20,000.", "service", unit="requests"
)
INTAKE_OLDEST = gauge(
    "intake_oldest_seconds", "Age of the oldest request that is stored and not yet parsed.", "service", unit="seconds"
)
INTAKE_SETTLED = counter(
    "intake_settled_total",
    "Stored requests that were parsed: done, ignored (nothing to do), quarantined (not understood).",
    "channel",
    "outcome",
    unit="requests",
)
PULLS = counter("pulls_total", "Looks at providers that are fetched from.", "channel", "outcome", unit="looks")

# --- HTTP and the process
HTTP_REQUESTS = counter(
    "http_requests_total",
    "Requests answered, by route template.",
    "service",
    "method",
    "route",
    "status",
    unit="requests",
)
HTTP_SECONDS = histogram("http_seconds", "Time to answer, by route template.", "service", "method", "route")
LIVE_LISTENERS = gauge("live_listeners", "Those who listen which reports change.", unit="listeners")
DATABASE_CONNECTIONS = gauge(
    "database_connections", "Connections of this process's pool: busy, idle, and most.", "service", "state",
    unit="connections",
)  # fmt: skip
COMPONENT_IDLE = gauge(
    "component_idle_seconds",
    "How long ago a part of the service completed a turn of its loop; 0 while it waits to be started again.",
    "service",
    "component",
    unit="seconds",
)
COMPONENT_RESTARTS = counter(
    "component_restarts_total",
    "Times a part of the service failed and was started again.",
    "service",
    "component",
    unit="restarts",
)
LOG_LINES_SUPPRESSED = counter(
    "log_lines_suppressed_total", "Log lines left out because one logger flooded.", "logger", unit="lines"
)
BUILD_INFO = gauge("build_info", "1, labelled with the release that runs.", "service", "version", "python", unit="1")

# --- what runs out
API_KEY_EXPIRES = gauge(
    "api_key_expires_timestamp_seconds",
    "When the next API key that was used within 30 days expires, Unix time; 0 if none does.",
    "service",
    unit="Unix time",
)
CERTIFICATE_EXPIRES = gauge(
    "certificate_expires_timestamp_seconds",
    "When the first certificate in a file the service is given expires, Unix time.",
    "service",
    "setting",
    unit="Unix time",
)

# --- builds of projections
PROJECTION_LIVE = gauge(
    "projection_live",
    "1 if reports read what this consumer fills; 0 while it is a rebuild or a comparison, which begin far behind.",
    "consumer",
    unit="0 or 1",
)
PROJECTION_VERIFIED = gauge(
    "projection_verified_timestamp_seconds",
    "Since when all slices of a projection's live build were compared with the log: of the oldest; 0 if one never was.",
    "projection",
    unit="Unix time",
)
PROJECTION_MISMATCHES = gauge(
    "projection_mismatched_tables", "Tables that differed when a slice was last compared.", "projection", unit="tables"
)
PROJECTION_OVERDUE = gauge(
    "projection_overdue_slices", "Slices not compared in twice the hours they have.", "projection", unit="slices"
)


def forget_consumer(name: str) -> None:
    """Says no more of a consumer that is gone for good: a dropped build of a projection."""
    said = CONSUMER_LAG, CONSUMER_LAG_SECONDS, CONSUMER_STOPPED, CONSUMER_AWAITED, QUARANTINE_SIZE, PROJECTION_LIVE
    for one in said:
        with suppress(KeyError):
            one.remove(name)


def page() -> bytes:
    """All metrics in the Prometheus text format (CONTENT_TYPE)."""
    return generate_latest(REGISTRY)
