"""The sources: which sites, bots and accounts may send webhooks, from one YAML file; and the guard at the door.

- channel: tilda
  name: shop                                 # it sends to /in/tilda/shop
  secrets: [at-least-eight-characters]       # at most two live ones
  secret_files: [/run/secrets/tilda]         # or in files, read from beside this one
  direction: retail                          # line of business, where the service has a use for it
  manager_id: anna                           # who its leads go to by default, where the service has a use for it
  budget: {per_second: 20, per_minute: 300}  # see budget.py
  options: {timezone: Europe/Moscow}         # what the channel's docstring names
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Literal

import structlog
import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError

from events.auth import EVERYTHING, Principal
from events.budget import Budget, Meter
from events.configuration import ConfigurationError
from events.intake import Verdict
from events.problems import NotFound, Problem, TooManyRequests, Unauthorised
from events.webhooks import RawRequest, Source, Unverified, Webhook

log = structlog.get_logger(__name__)

MOST_SECRETS = 2

Sources = Mapping[tuple[str, str], Source]

Check = Callable[[str, Mapping[str, str]], Collection[str]]
"""What is wrong with the options of a source of that channel, in words without values."""


class _Budget(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    per_second: int | None = Field(None, ge=1)
    per_minute: int | None = Field(None, ge=1)
    over: Literal["defer", "refuse"] = "defer"


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: str
    name: str = Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")
    secrets: tuple[SecretStr, ...] = ()
    secret_files: tuple[Path, ...] = ()
    direction: str | None = None
    manager_id: str | None = None
    budget: _Budget = _Budget()
    options: dict[str, str] = {}


def load_sources(
    path: Path | None,
    channels: Collection[str],
    *,
    least_secrets: int = 0,
    faults_of: Check = lambda channel, options: (),
) -> Sources:
    """The sources by channel and name, none without a file; their channels are among ``channels``.

    Raises :class:`ConfigurationError` with every fault, without values.
    """
    if path is None:
        return {}
    faults: list[str] = []
    sources: dict[tuple[str, str], Source] = {}
    for number, entry in enumerate(_entries(path)):
        place = f"{path}: {number}"
        secrets = (*(secret.get_secret_value() for secret in entry.secrets), *_read(path.parent, entry, place, faults))
        if entry.channel not in channels:
            faults.append(f"{place}.channel: must be one of {', '.join(sorted(channels))}")
        if not least_secrets <= len(secrets) <= MOST_SECRETS or not all(secrets):
            faults.append(f"{place}.secrets: {least_secrets} to {MOST_SECRETS}, none of them empty")
        if (entry.channel, entry.name) in sources:
            faults.append(f"{place}: {entry.channel}/{entry.name} is there twice")
        elif entry.channel in channels:
            faults.extend(f"{place}.options: {fault}" for fault in faults_of(entry.channel, entry.options))
        sources[entry.channel, entry.name] = Source(
            entry.channel,
            entry.name,
            secrets,
            entry.direction,
            entry.options,
            entry.manager_id,
            Budget(entry.budget.per_second, entry.budget.per_minute, entry.budget.over),
        )
    if faults:
        raise ConfigurationError("\n".join(faults))
    return sources


def sources_seen(principal: Principal, sources: Sources) -> list[str] | None:
    """Those whose line of business the caller sees, as ``channel/name``; None for all, also such that are no more."""
    if EVERYTHING in principal.directions:
        return None
    return [f"{one.channel}/{one.name}" for one in sources.values() if one.direction in principal.directions]


def _read(folder: Path, entry: _Entry, place: str, faults: list[str]) -> list[str]:
    secrets = []
    for file in entry.secret_files:
        try:
            secrets.append((folder / file).read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            faults.append(f"{place}.secret_files: {file}: {type(error).__name__}")
    return secrets


def _entries(path: Path) -> list[_Entry]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return TypeAdapter(list[_Entry]).validate_python(content or [])
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {type(error).__name__}") from None
    except ValidationError as error:
        faults = [f"{path}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)]
        raise ConfigurationError("\n".join(faults)) from None


class Guard:
    """Decides at the door: answers set-up probes, refuses what nobody proved, acknowledges the rest.

    A source over its budget is acknowledged too and waits; it is refused only where its sender comes again.
    """

    def __init__(self, sources: Sources, channels: Mapping[str, Webhook[Any]], meter: Meter | None = None) -> None:
        """``sources`` may change while it is read."""
        self._sources = sources
        self._channels = channels
        self._meter = meter or Meter()

    def __call__(self, request: RawRequest) -> Verdict:
        """What to do with a request; never raises."""
        channel = self._channels.get(request.channel)
        if channel is None:
            return Verdict(NotFound("There is no such channel."), refused="unknown channel")
        source = self._sources.get((request.channel, request.source))
        if source is None:
            return Verdict(NotFound("There is no such source."), refused="unknown source")
        if not source.active:
            return Verdict(NotFound("There is no such source."), refused="inactive source")
        try:
            probe = channel.handshake(request, source)
            if probe is not None:
                return Verdict(probe, store=False)
            channel.verify(request, source)
            wait = self._meter.wait((source.channel, source.name), source.budget)
            if wait and source.budget.over == "refuse" and channel.retries:
                many = TooManyRequests("The source sends more than its budget; send this again.", retry_after=wait)
                return Verdict(many, store=False)
            return Verdict(channel.reply(request, source), deferred=wait > 0)
        except Unverified as error:
            return Verdict(
                Unauthorised("Nothing proves that this comes from the source."), refused=f"signature: {error.reason}"
            )
        except Exception as error:
            # A fault of ours: the request is kept, and the sender sends it again.
            log.exception("admission_failed", channel=request.channel, source=request.source)
            return Verdict(Problem(), refused=f"internal error: {type(error).__name__}")
