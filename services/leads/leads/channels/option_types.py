"""Of what the options of sources are made: the types of their values, and what all their models share."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Self
from zoneinfo import available_timezones

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

_ZONES: Final = available_timezones()


def _zone(name: str) -> str:
    if name not in _ZONES:
        raise ValueError("is not a time zone of the IANA database, like Europe/Moscow")
    return name


def _expression(text: str) -> str:
    try:
        jmespath.compile(text)
    except JMESPathError:
        raise ValueError("is not a JMESPath expression") from None
    return text


def slots(allowed: tuple[str, ...]) -> AfterValidator:
    """Only these may be mapped."""

    def check(given: Mapping[str, Any]) -> Mapping[str, Any]:
        if unknown := sorted(set(given) - set(allowed)):
            raise ValueError(f"maps {', '.join(unknown[:10])}; known are {', '.join(allowed)}")
        return given

    return AfterValidator(check)


Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Name = Annotated[str, StringConstraints(pattern=r"^\S{1,200}$")]
Zone = Annotated[str, AfterValidator(_zone), Field(description="Of times without an offset.")]
Expression = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_expression)]
Origin = Annotated[str, StringConstraints(pattern=r"^https?://[^/\s]{1,200}$")]
Address = Annotated[str, StringConstraints(pattern=r"^https?://\S{1,500}[^/\s]$")]
HiddenAddress = Annotated[SecretStr, AfterValidator(lambda given: _address(given))]
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,253}$")]
Id = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
Codes = dict[
    Annotated[str, StringConstraints(pattern=r"^\S{1,100}$")], Annotated[str, StringConstraints(pattern=r"^\S{1,100}$")]
]
Every = Annotated[int, Field(ge=5, le=86_400, description="Seconds between two looks.")]


def _address(given: SecretStr) -> SecretStr:
    if not given.get_secret_value().startswith(("https://", "http://")):
        raise ValueError("must be an address, https://…")
    return given


class Options(BaseModel):
    """Options of a channel that has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    prefix: ClassVar[str] = "field"

    def flat(self) -> dict[str, str]:
        """As channels read them."""
        flat: dict[str, str] = {}
        for name, value in self:
            if isinstance(value, dict):
                prefix = self.prefix if name == "mapping" else name
                flat |= {f"{prefix}.{slot}": mapped for slot, mapped in value.items()}
            elif isinstance(value, SecretStr):
                flat[name] = value.get_secret_value()
            elif isinstance(value, tuple):
                flat |= {name: " ".join(value)} if value else {}
            elif isinstance(value, bool):
                flat[name] = "yes" if value else "no"
            elif value is not None:
                flat[name] = str(value)
        return flat

    @classmethod
    def of_flat(cls, flat: Mapping[str, str]) -> Self:
        """From their plain form; raises ValidationError."""
        given: dict[str, Any] = {}
        for name, value in flat.items():
            head, dot, slot = name.partition(".")
            table = "mapping" if head == cls.prefix else head
            if dot and cls._is(table, "dict"):
                given.setdefault(table, {})[slot] = value
            else:
                given[name] = value.split() if cls._is(name, "tuple") else value
        return cls.model_validate(given)

    @classmethod
    def _is(cls, name: str, kind: str) -> bool:
        field = cls.model_fields.get(name)
        return field is not None and str(field.annotation).startswith(kind)

    @classmethod
    def write_only(cls) -> frozenset[str]:
        """Names of the options that are never shown."""
        return frozenset(name for name, field in cls.model_fields.items() if "SecretStr" in str(field.annotation))
