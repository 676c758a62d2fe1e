"""What the history calls events: titles and kinds by type, from ``titles.toml``. Unknown types have their own name."""

import tomllib
from pathlib import Path
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict

HistoryKind = Literal[
    "requests", "leads", "interactions", "details", "contacts", "fields", "tags", "black_list", "consent",
    "responsible", "identity", "organisations", "behaviour", "marketing",
    "deals", "quotes", "payments", "documents", "work", "tasks", "messages", "automation", "other",
]  # fmt: skip

_KNOWN: Final[dict[str, dict[str, Any]]] = tomllib.loads((Path(__file__).parent / "titles.toml").read_text("utf-8"))
KINDS: Final[dict[str, HistoryKind]] = {**_KNOWN["subjects"], **_KNOWN["kinds"]}
"""The kind of a type, or of a subject: the first word of the types that have none of their own."""
NEEDS: Final[dict[str, str]] = _KNOWN["needs"]
"""The permission to see what other services say, by subject, else by service."""

assert {*KINDS.values()} <= {*get_args(HistoryKind)}


class Title(BaseModel):
    """How people call an event."""

    model_config = ConfigDict(frozen=True)

    en: str
    ru: str


TITLES: Final = {type_: Title(**told) for type_, told in _KNOWN["titles"].items()}


def title_of(type_: str) -> Title:
    """The title; of a type that is not known, the type."""
    return TITLES.get(type_) or Title(en=type_, ru=type_)


def kind_of(type_: str) -> HistoryKind:
    """The kind under which an event is found."""
    return KINDS.get(type_) or KINDS.get(type_.partition(".")[0], "other")
