"""Whom a row or an item means: by the id of a card, by phone or by e-mail; always the root of the card's tree."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from events.blind_index import BlindIndex
from events.sqlfile import sql
from events.store import Connection

from leads.identity.cards import root_of, seen_among
from leads.lists import SQL
from leads.normalise import NotNormal, email, phone

By = Literal["customer_id", "phone", "email"]
NOBODY = "There is no such customer."


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody as he was named."""

    by: By
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Index:
    """A blind index, 32 hex digits."""

    value: str


class People:
    """Finds customers by what is known of them."""

    def __init__(self, blind: BlindIndex, region: str) -> None:
        self._blind = blind
        self._region = region

    async def find(
        self, connection: Connection, named: Sequence[Named], directions: list[str] | None
    ) -> list[UUID | str]:
        """The root of each, or why there is none; who cannot be seen with these lines of business is not there."""
        keys = [self._key(one) for one in named]
        ids = [key for key in keys if isinstance(key, UUID)]
        indexes = [key.value for key in keys if isinstance(key, _Index)]
        rows = await connection.fetch(sql("people_found", SQL), indexes)
        owners = {_Index(row["blind_index"].hex): row["root"] for row in rows}
        roots = await root_of(connection, ids)
        seen = await seen_among(connection, {*owners.values(), *roots.values()}, directions)
        found: list[UUID | str] = []
        for key in keys:
            if isinstance(key, str):
                found.append(key)
                continue
            root = roots.get(key) if isinstance(key, UUID) else owners.get(key)
            found.append(root if root is not None and root in seen else NOBODY)
        return found

    def _key(self, named: Named) -> UUID | _Index | str:
        """An id, a blind index, or why it is neither."""
        try:
            if named.by == "customer_id":
                return UUID(named.value.strip())
            value = phone(named.value, self._region) if named.by == "phone" else email(named.value)
        except NotNormal as error:
            return f"{named.by}: {error.reason}"
        except ValueError:
            return "customer_id: not an id"
        return _Index(self._blind.of(named.by, value)) if value else f"{named.by}: empty"
