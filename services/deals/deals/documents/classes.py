"""Classes of confidentiality, as data: which roles see the documents of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml
from events.auth import Principal
from events.problems import FieldError, Invalid
from events.settings import ConfigurationError
from pydantic import BaseModel, ConfigDict, ValidationError

SHIPPED: Final = Path(__file__).parent / "classes.yaml"


class _Class(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    roles: frozenset[str]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    default: str
    classes: dict[str, _Class]


@dataclass(frozen=True)
class Classes:
    """Roles by class, and the class of a document for which nobody named one."""

    default: str
    roles: dict[str, frozenset[str]]

    def seen_by(self, principal: Principal) -> list[str]:
        """The classes whose documents the principal sees."""
        return [name for name, roles in self.roles.items() if roles & principal.roles]

    def chosen(self, name: str | None, principal: Principal) -> str:
        """The class named, or the default. Raises ``Invalid`` for one that the principal does not see himself."""
        wanted = name or self.default
        seen = self.seen_by(principal)
        if wanted not in seen:
            told = FieldError(f"one of {', '.join(seen)}", "#/confidentiality")
            raise Invalid("There is no such class of confidentiality for you.", errors=[told])
        return wanted


def load(path: Path) -> Classes:
    """The classes of a YAML file shaped like ``classes.yaml``; raises ``ConfigurationError``."""
    try:
        file = _File.model_validate(yaml.safe_load(path.read_text()))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise ConfigurationError(f"{path} does not hold classes of confidentiality: {error}") from None
    if file.default not in file.classes:
        raise ConfigurationError(f"{path}: the class {file.default} is not defined")
    return Classes(file.default, {name: one.roles for name, one in file.classes.items()})
