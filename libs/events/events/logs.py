"""Logs: one JSON object a line (a readable line in development), with the trail of the work at hand and no personal
data.

Everything goes to standard output through the standard library's root logger, libraries included. Loggers that flood
in an outage (aiokafka writes hundreds of lines a second) are cut to a few lines per ten seconds, and what was left
out is counted.
"""

import logging
import re
import sys
import time
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any

import asyncpg
import orjson
import structlog
from pydantic import ValidationError

from events import metrics, tracing

REDACTED = "[redacted]"
FLOOD_LINES = 20
FLOOD_SECONDS = 10.0

Event = MutableMapping[str, Any]

role: ContextVar[str | None] = ContextVar("role", default=None)

_PERSONAL = frozenset(
    """name first_name last_name middle_name full_name patronymic customer_name contact phone phones tel mobile email
    emails e_mail mail address birthday birth_date passport inn snils comment comments message text body subject payload
    raw content note telegram whatsapp username login ip user_agent""".split()  # noqa: SIM905
)
_SECRET = re.compile(
    r"password|passwd|secret|token|authorization|cookie|api_?key|master_key|index_key|signature|credential", re.I
)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(
    # not the fraction of a number, nor the end of a UUID
    r"(?:\+\d[\d ()-]{8,17}\d|(?<![\w-])(?<!\d\.)(?:[78][ (-]{0,2}\d{3}[ )-]{0,2}\d{3}[ -]?\d{2}[ -]?\d{2}|\d{11,15}))"
    r"(?!\w|\.\d)"
)
_CREDENTIAL = re.compile(r"vk_[a-z0-9]+_[\w-]{43}|eyJ[\w-]+\.[\w-]+\.[\w-]+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")


def configure(service: str, level: str = "INFO", format: str = "json") -> None:
    """Sets up logging for the process; `format` is `json` or `console`."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Origin(service),
        _explain_error,
        redact,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    render: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if format == "console" else structlog.processors.JSONRenderer(_json)
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(FloodFilter())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(noisy).handlers.clear()
        logging.getLogger(noisy).propagate = True


def _json(event: Mapping[str, Any], **_: object) -> str:
    return orjson.dumps(event, default=str).decode()


class _Origin:
    """Adds the service, the role, and the trail of the work at hand."""

    def __init__(self, service: str) -> None:
        self.service = service

    def __call__(self, _logger: object, _method: str, event: Event) -> Event:
        event["service"] = self.service
        if (doing := role.get()) is not None:
            event.setdefault("role", doing)
        trail = tracing.current_trail()
        if trail is not None:
            event.setdefault("correlation_id", str(trail.correlation_id))
            event["trace_id"] = trail.trace_id
            if trail.causation_id is not None:
                event.setdefault("causation_id", str(trail.causation_id))
        return event


def _explain_error(_logger: object, _method: str, event: Event) -> Event:
    """Replaces `exc_info` by `error` and `traceback`, without the values that some exceptions carry in their text."""
    info = event.pop("exc_info", None)
    error = (
        info[1]
        if isinstance(info, tuple)
        else info
        if isinstance(info, BaseException)
        else sys.exc_info()[1]
        if info
        else None
    )
    if error is not None:
        event["error"] = describe(error)
        event["traceback"] = "".join(traceback.format_tb(error.__traceback__))
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if cause is not None:
            event["cause"] = describe(cause)
            event["cause_traceback"] = "".join(traceback.format_tb(cause.__traceback__))
    return event


def describe(error: BaseException) -> str:
    """The error in one line, without the input that pydantic and PostgreSQL quote in theirs."""
    match error:
        case ValidationError():
            faults = "; ".join(
                f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors(include_input=False)
            )
            return f"ValidationError: {faults}"
        case asyncpg.PostgresError():
            place = ".".join(filter(None, (error.table_name, error.column_name, error.constraint_name)))
            message = str(error.args[0]) if error.args else ""
            if isinstance(error, asyncpg.DataError):
                # `invalid input syntax for type uuid: "…"`
                message = message.partition(":")[0]
            return f"{type(error).__name__}: {message}{f' ({place})' if place else ''}"
        case _:
            return f"{type(error).__name__}: {error}"


def redact(_logger: object, _method: str, event: Event) -> Event:
    """Blanks values under names of personal data and secrets, and e-mails and phone numbers inside any text."""
    for name, value in event.items():
        if name in _KEPT:
            continue
        event[name] = _clean(value) if name == "event" or not _hidden(name) else REDACTED
    return event


_KEPT = frozenset(
    (
        "timestamp",
        "level",
        "logger",
        "service",
        "role",
        "correlation_id",
        "causation_id",
        "trace_id",
        "_record",
        "_from_structlog",
    )
)


def _hidden(name: object) -> bool:
    return isinstance(name, str) and (name.lower() in _PERSONAL or bool(_SECRET.search(name)))


def _clean(value: Any) -> Any:
    match value:
        case str():
            return _PHONE.sub(REDACTED, _EMAIL.sub(REDACTED, _CREDENTIAL.sub(REDACTED, value)))
        case Mapping():
            return {name: REDACTED if _hidden(name) else _clean(inner) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(inner) for inner in value]
        case BaseException():
            return _clean(describe(value))
        case bytes():
            return f"{len(value)} bytes"
        case _:
            return value


class FloodFilter(logging.Filter):
    """Lets through at most FLOOD_LINES lines per FLOOD_SECONDS of one library's logger; counts and announces the
    rest.
    """

    def __init__(self, prefixes: tuple[str, ...] = ("aiokafka", "faststream", "asyncpg", "asyncio", "uvicorn"),
                 clock: Callable[[], float] = time.monotonic) -> None:  # fmt: skip
        super().__init__()
        self._prefixes = prefixes
        self._clock = clock
        self._windows: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] not in self._prefixes:
            return True
        now = self._clock()
        since, lines = self._windows.get(record.name, (now, 0))
        if now - since >= FLOOD_SECONDS:
            if lines > FLOOD_LINES:
                record.msg, record.args = f"{record.getMessage()} [{lines - FLOOD_LINES} lines left out before]", ()
            since, lines = now, 0
        self._windows[record.name] = (since, lines + 1)
        if lines >= FLOOD_LINES:
            metrics.LOG_LINES_SUPPRESSED.labels(record.name).inc()
            return False
        return True
