"""The templates there are: those of files, and those that people saved, in versions. A saved one stands before a file.

A message is said in the version that was the newest when it was decided, so a repeat is the same message.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Final, get_args

import asyncpg
import orjson
from events.contracts.automation import MessageText
from events.sqlfile import sql

from automation.actions.effect import Known, Shape
from automation.messages.letters import Templates
from automation.messages.standing import SQL
from automation.messages.wording import Wording
from automation.parts import Language

_COMPILED: Final = 200


class NoTemplate(LookupError):
    """No template has this name."""


class Shelf:
    """Finds what is to be said."""

    def __init__(self, pool: asyncpg.Pool, files: Templates) -> None:
        self._pool = pool
        self.files = files

    async def wording(self, name: str, language: Language, at: datetime) -> tuple[Wording, int | None]:
        """What a template says as of a moment, and its version, None of a file; in another language where it has not
        this one. Raises :class:`NoTemplate`.
        """
        row = await self._pool.fetchrow(sql("template_at", SQL), name, at)
        if row is not None:
            texts = orjson.loads(row["texts"])
            spoken = language if language in texts else min(texts)
            return _compiled(orjson.dumps(texts[spoken]), tuple(row["requires"])), row["version"]
        if name not in self.files.names:
            raise NoTemplate(name)
        return self.files.wording(name, language), None

    async def known(self) -> Known:
        """What rules may name now: the files, and what was saved and not retired since."""
        shapes = dict(known_files(self.files).shapes)
        for row in await self._pool.fetch(sql("templates_now", SQL)):
            if row["retired"]:
                shapes.pop(row["name"], None)
            else:
                texts = orjson.loads(row["texts"]).values()
                is_letter, is_short = (all(text.get(part) for text in texts) for part in ("body", "short"))
                shapes[row["name"]] = Shape(is_letter, is_short, frozenset(row["requires"]))
        return Known(frozenset(shapes), shapes)


def known_files(files: Templates) -> Known:
    """What rules that stand in a file may name."""
    shapes = {}
    for name in files.names:
        both = [files.wording(name, language) for language in get_args(Language)]
        shapes[name] = Shape(
            letter=all(one.has_letter for one in both),
            short=all(one.has_short for one in both),
            requires=frozenset().union(*(one.requires for one in both)),
        )
    return Known(files.names, shapes)


@lru_cache(maxsize=_COMPILED)
def _compiled(text: bytes, requires: tuple[str, ...]) -> Wording:
    return Wording(MessageText.model_validate_json(text), requires)
