"""How settings come in from the environment and from files, and how they are shown without their secrets."""

import base64
import binascii
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretBytes, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

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
            return ",".join(map(str, value))
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
