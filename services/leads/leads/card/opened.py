"""Opens what is sealed, once each: a card is shown, compared and told as history from the same values."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from events.privacy import CustomerKey
from events.sealed import Sealed
from pydantic import JsonValue

from leads.card.state import Card, Secret, Value


class Opener:
    """Opens values by the keys of a card's members; what an erased member's key had sealed is None."""

    def __init__(self, keys: Mapping[UUID, CustomerKey]) -> None:
        self.keys = keys
        self._known: dict[str, str | None] = {}

    def text(self, secret: Secret | None) -> str | None:
        """A sealed text."""
        return None if secret is None else self.sealed(secret.owner, secret.sealed)

    def sealed(self, owner: UUID, sealed: Sealed[Any]) -> str | None:
        """A text that the owner's key opens."""
        if sealed not in self._known:
            key = self.keys.get(owner)
            self._known[sealed] = key.open(sealed) if key else None
        return self._known[sealed]

    def value(self, value: Value) -> JsonValue:
        """The value of a custom field, sealed or not."""
        if not isinstance(value, Secret):
            return value
        text = self.text(value)
        opened: JsonValue = orjson.loads(text)["value"] if text is not None else None
        return opened

    def values(self, values: Mapping[str, Value]) -> dict[str, JsonValue]:
        """All values that can be opened."""
        opened = {code: self.value(value) for code, value in values.items()}
        return {code: value for code, value in opened.items() if value is not None}

    def details(self, card: Card) -> dict[str, str]:
        """All details that can be opened."""
        opened = {name: self.text(secret) for name, secret in card.details.items()}
        return {name: text for name, text in opened.items() if text is not None}
