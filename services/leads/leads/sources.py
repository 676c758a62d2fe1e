"""The sources: which sites, bots and exchanges may hand in inquiries, from one YAML file; and the guard at the door.

- channel: tilda
  name: shop
  secrets: [at-least-eight-characters]       # or secret_files: [/run/secrets/tilda], read from beside this file
  direction: retail                          # optional line of business
  options: {timezone: Europe/Moscow}         # what the channel's docstring names
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
import yaml
from events.intake import RawRequest, Reply, Verdict
from events.problems import NotFound, Problem, Unauthorised
from events.settings import ConfigurationError
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from leads.channels import CHANNELS, Channel, Request, Source, Unverified

log = structlog.get_logger(__name__)

Sources = Mapping[tuple[str, str], Source]

_MOST_SECRETS: Final = 2


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: str
    name: str = Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")
    secrets: tuple[str, ...] = ()
    secret_files: tuple[Path, ...] = ()
    direction: str | None = None
    options: dict[str, str] = {}


def load_sources(path: Path | None) -> Sources:
    """The sources by channel and name. Raises :class:`ConfigurationError` with every fault, without values."""
    if path is None:
        return {}
    faults: list[str] = []
    sources: dict[tuple[str, str], Source] = {}
    for number, entry in enumerate(_entries(path)):
        place = f"{path}: {number}"
        secrets = [*entry.secrets, *_read(path.parent, entry, place, faults)]
        if entry.channel not in CHANNELS:
            faults.append(f"{place}.channel: must be one of {', '.join(CHANNELS)}")
        if len(secrets) > _MOST_SECRETS or not all(secrets):
            faults.append(f"{place}.secrets: at most {_MOST_SECRETS}, none of them empty")
        if (entry.channel, entry.name) in sources:
            faults.append(f"{place}: {entry.channel}/{entry.name} is there twice")
        source = Source(entry.channel, entry.name, tuple(secrets), entry.direction, entry.options)
        sources[entry.channel, entry.name] = source
    if faults:
        raise ConfigurationError("\n".join(faults))
    return sources


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


def request_of(raw: RawRequest) -> Request:
    """The request as channels read it."""
    parts = urlsplit(raw.url)
    return Request(raw.method, parts.path, parts.query, raw.headers, raw.body, raw.received_at, raw.url)


class Guard:
    """Decides at the door: answers set-up probes, refuses what nobody proved, acknowledges the rest."""

    def __init__(self, sources: Sources, channels: Mapping[str, Channel] = CHANNELS) -> None:
        self._sources = sources
        self._channels = channels

    def __call__(self, raw: RawRequest) -> Verdict:
        """What to do with a request; never raises."""
        channel = self._channels.get(raw.channel)
        if channel is None:
            return Verdict(NotFound("No such channel."), refused="unknown channel")
        source = self._sources.get((raw.channel, raw.source))
        if source is None:
            return Verdict(NotFound("No such source."), refused="unknown source")
        try:
            request = request_of(raw)
            probe: Any = channel.handshake(request, source)
            if probe is not None:
                return Verdict(_reply(probe), store=False)
            channel.verify(request, source)
            return Verdict(_reply(channel.reply(request, source)))
        except Unverified as unverified:
            reason = f"signature: {unverified.reason}"
            return Verdict(Unauthorised("Nothing proves that this comes from the source."), refused=reason)
        except Exception as error:
            log.exception("admission_failed", channel=raw.channel, source=raw.source)
            return Verdict(Problem(), refused=f"internal error: {type(error).__name__}")


def _reply(reply: Any) -> Reply:
    return Reply(reply.status, reply.body, reply.content_type, reply.headers)
