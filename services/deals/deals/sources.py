"""The accounts at payment providers, from a YAML file::

sources:
  - channel: cloudpayments        # a provider: cloudpayments, tbank, stripe
    name: main                    # notifications come to /in/cloudpayments/main
    secrets: ["…"]                # at most two live ones
    options: {currency: RUB}      # what the provider's module reads
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml
from events.configuration import ConfigurationError
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from deals.providers import PROVIDERS, Source

Sources = Mapping[tuple[str, str], Source]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    channel: str
    name: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")
    secrets: tuple[SecretStr, ...] = Field(min_length=1, max_length=2)
    options: dict[str, str] = {}


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sources: tuple[_Entry, ...] = ()


def load(path: Path | None) -> Sources:
    """Sources by provider and name; none without a file. Raises ``ConfigurationError`` without repeating a value."""
    if path is None:
        return {}
    try:
        entries = _File.model_validate(yaml.safe_load(path.read_text("utf-8")) or {}).sources
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors(include_input=False))
        raise ConfigurationError(f"{path}: " + "; ".join(faults)) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path} cannot be read: {type(error).__name__}") from None
    if unknown := sorted({entry.channel for entry in entries} - PROVIDERS.keys()):
        raise ConfigurationError(f"{path}: no such payment provider: {', '.join(unknown)}")
    if any(not secret.get_secret_value() for entry in entries for secret in entry.secrets):
        raise ConfigurationError(f"{path}: a secret is empty")
    found = {
        (entry.channel, entry.name): Source(
            entry.channel, entry.name, tuple(s.get_secret_value() for s in entry.secrets), entry.options
        )
        for entry in entries
    }
    if len(found) != len(entries):
        raise ConfigurationError(f"{path}: two sources have one name")
    return found
