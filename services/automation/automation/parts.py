"""What rules, and everything else that people write down as data, consist of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Language = Literal["ru", "en"]


class Part(BaseModel):
    """A part of what is written as data: immutable, and a misspelt key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Title(Part):
    """A text for people, in both languages."""

    ru: str = Field(min_length=1, max_length=200)
    en: str = Field(min_length=1, max_length=200)

    def in_(self, language: Language) -> str:
        """The text in one language."""
        return self.ru if language == "ru" else self.en
