"""Criteria of a list: a tree of ``all``, ``any`` and ``not`` over conditions ``{field, op, value}``, as JSON."""

from collections.abc import Iterator
from typing import Annotated, Any, Final, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from leads.lists.catalogue import COMPARISONS, CUSTOM, FIELDS, Comparison, Kind, Op

MOST_NODES: Final = 200
DEEPEST: Final = 12

Place = tuple[str | int, ...]
"""Names and numbers on the way from the top of the tree."""


class Criteria(BaseModel):
    """One node: either ``all`` or ``any`` of several, or ``not`` of one, or a condition with ``field`` and ``op``."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    all: tuple["Criteria", ...] | None = Field(None, min_length=1, max_length=MOST_NODES)
    any: tuple["Criteria", ...] | None = Field(None, min_length=1, max_length=MOST_NODES)
    not_: "Criteria | None" = Field(None, alias="not")
    field: str | None = Field(None, max_length=200, description="See `GET /lists/fields`.", examples=["tag"])
    op: Op | None = Field(None, examples=["in"])
    value: JsonValue = Field(None, examples=[["vip"]])

    @field_validator("field")
    @classmethod
    def _known(cls, field: str | None) -> str | None:
        if field is not None and field not in FIELDS and not field.startswith(CUSTOM):
            raise ValueError(f"no such field; custom ones are {CUSTOM}<code>")
        return field

    @field_validator("op")
    @classmethod
    def _fits(cls, op: Op | None, info: ValidationInfo) -> Op | None:
        asked = FIELDS.get(info.data.get("field") or "")
        if op is not None and asked is not None:
            comparison(asked.kind, op)
        return op

    @field_validator("value")
    @classmethod
    def _readable(cls, value: JsonValue, info: ValidationInfo) -> JsonValue:
        asked, op = FIELDS.get(info.data.get("field") or ""), info.data.get("op")
        if asked is not None and op is not None:
            read_value(asked.kind, op, value)
        return value

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if sum(part is not None for part in (self.all, self.any, self.not_, self.field)) != 1:
            raise ValueError("a node is one of all, any, not, or a condition with field, op and value")
        if (self.field is None) != (self.op is None) or (self.field is None and self.value is not None):
            raise ValueError("a condition has field, op and value")
        if self.field is not None and self.value is None:
            raise ValueError("a condition has a value")
        return self

    def told(self) -> dict[str, Any]:
        """As JSON, in one form."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    def conditions(self, place: Place = ()) -> Iterator[tuple[Place, "Criteria"]]:
        """All conditions with their places in the tree."""
        for name, parts in (("all", self.all), ("any", self.any)):
            for number, part in enumerate(parts or ()):
                yield from part.conditions((*place, name, number))
        if self.not_ is not None:
            yield from self.not_.conditions((*place, "not"))
        if self.field is not None:
            yield place, self

    def names(self, field: str) -> bool:
        """Is this field asked anywhere?"""
        return any(condition.field == field for _, condition in self.conditions())


def comparison(kind: Kind, op: Op) -> Comparison:
    """How values of a kind are compared; raises ``ValueError`` that says what the kind knows."""
    if op not in COMPARISONS[kind]:
        raise ValueError(f"this field takes: {', '.join(COMPARISONS[kind])}")
    return COMPARISONS[kind][op]


def read_value(kind: Kind, op: Op, value: JsonValue) -> Any:
    """The value of a condition in its type; raises ``ValueError`` without the value."""
    try:
        return comparison(kind, op).takes.validate_python(value)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, e['loc']))} {e['msg']}".strip() for e in error.errors(include_input=False))
        raise ValueError("; ".join(faults)) from None


def _bounded(value: Any) -> Any:
    """Refuses trees that are too large before they are read."""
    level, nodes = [value], 0
    for _ in range(DEEPEST):
        level = [
            part
            for node in level
            if isinstance(node, dict)
            for name in ("all", "any", "not")
            for part in (node[name] if isinstance(node.get(name), list) else [node.get(name)])
            if part is not None
        ]
        nodes += len(level)
        if not level:
            return value
        if nodes > MOST_NODES:
            break
    raise ValueError(f"the tree has more than {MOST_NODES} nodes or is deeper than {DEEPEST}")


Tree = Annotated[Criteria, BeforeValidator(_bounded)]
"""Criteria as they come in."""
