"""How settings come in from the environment and from files, what is said about faults in them, and how they are shown
without their secrets.
"""

import base64
import binascii
import difflib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretBytes, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

PREFIX = "VORONKA_"


class ConfigurationError(Exception):
    """The environment does not make a valid configuration; `str()` lists every fault, one a line, without values."""


def key_of_32_bytes(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        key = base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError("must be base64") from None
    if len(key) != 32:
        raise ValueError(f"must be 32 bytes in base64, is {len(key)} bytes")
    return key


def comma_list(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def from_json(value: object) -> object:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError as error:
        raise ValueError(f"must be JSON: {error.msg} at character {error.pos}") from None


def shown(value: object) -> str:
    match value:
        case None:
            return ""
        case SecretStr() if "://" in value.get_secret_value():
            parts = urlsplit(value.get_secret_value())
            login, at, place = parts.netloc.rpartition("@")
            user, colon, _ = login.partition(":")
            return urlunsplit(parts._replace(netloc=f"{user}{':***' if colon else ''}{at}{place}", query=""))
        case SecretStr() | SecretBytes():
            return "***"
        case frozenset():
            return ",".join(sorted(map(str, value)))
        case tuple():
            return ",".join(map(shown, value))
        case _:
            return str(value)


@dataclass(frozen=True)
class Unusable:
    """Stands for a value that could not be read, so that its field reports it together with all other faults."""

    why: str


class Files(PydanticBaseSettingsSource):
    """Reads `VORONKA_X_FILE` for every setting `x`; the file's last line break is not part of the value."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = f"{PREFIX}{field_name.upper()}"
        path = os.environ.get(f"{variable}_FILE")
        if not path:
            return None, field_name, False
        if os.environ.get(variable):
            return Unusable(f"is given twice, by {variable} and by {variable}_FILE"), field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").rstrip("\r\n"), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            return Unusable(f"{variable}_FILE cannot be read: {error}"), field_name, False

    def __call__(self) -> dict[str, Any]:
        read = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in read.items() if value is not None}


SettingsT = TypeVar("SettingsT", bound=BaseSettings)


def load(settings: type[SettingsT], **given: Any) -> SettingsT:
    """Settings from the environment; `given` (from the command line) wins. Raises ConfigurationError with every
    fault.
    """
    try:
        return settings(**given)
    except ValidationError as error:
        lines = [_fault(settings, fault["loc"], fault["msg"]) for fault in error.errors(include_input=False)]
        raise ConfigurationError("\n".join(lines)) from None


def _fault(settings: type[BaseSettings], location: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ")
    if not location:
        return message
    name, *inner = map(str, location)
    field = settings.model_fields.get(name)
    meaning = f" ({field.description})" if field and field.description else ""
    return f"{PREFIX}{'.'.join([name.upper(), *inner])}: {message}{meaning}"


def unknown_variables(settings: type[BaseSettings], environ: Mapping[str, str]) -> list[str]:
    """One line for every `VORONKA_…` variable that looks like a misspelt setting of this service."""
    known = {f"{PREFIX}{name.upper()}{end}" for name in settings.model_fields for end in ("", "_FILE")}
    lines = []
    for variable in sorted(name for name in environ if name.startswith(PREFIX) and name not in known):
        near = difflib.get_close_matches(variable, known, n=1, cutoff=0.9)
        if near:
            lines.append(f"{variable} is not a setting; is {near[0]} meant?")
    return lines


def reference(settings: type[BaseSettings], beside: type[BaseSettings] | None = None) -> str:
    """The settings as a Markdown table: variable, meaning, default; with ``beside`` only those that differ from its."""
    rows = ["| variable | meaning | default |", "|---|---|---|"]
    known = beside.model_fields if beside else {}
    for name, field in settings.model_fields.items():
        if name in known and repr(known[name]) == repr(field):
            continue
        value = _place(settings, field.default)
        default = "required" if field.is_required() else f"`{shown(value)}`" if shown(value) else ""
        rows.append(f"| `{PREFIX}{name.upper()}` | {field.description} | {default} |")
    return "\n".join(rows) + "\n"


def _place(settings: type[BaseSettings], value: Any) -> Any:
    """What is shipped with the package, by its place there: where it is installed is each machine's own."""
    folder = Path(sys.modules[settings.__module__].__file__ or "").parents[1]
    return value.relative_to(folder) if isinstance(value, Path) and value.is_relative_to(folder) else value
