"""Opens what is sealed, once each: a card is shown, compared and told as history from the same values."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import orjson
from events.privacy import CustomerKey
from events.sealed import Sealed
from pydantic import JsonValue

from leads.card.said import Secret, Value
from leads.card.state import Card

_NOT_FOR_PEOPLE: Final = frozenset(("identities", "index"))
_SEALED_JSON: Final = frozenset(("details", "sealed", "seen"))


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

    def facts(self, owner: UUID, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The body of an event as people read it: opened by the owner's key, without blind indexes."""
        opened: dict[str, Any] = self._opened(owner, facts)
        return opened

    def _opened(self, owner: UUID, value: Any, name: str = "") -> Any:
        if isinstance(value, Mapping):
            return {key: self._opened(owner, one, key) for key, one in value.items() if key not in _NOT_FOR_PEOPLE}
        if isinstance(value, list):
            return [self._opened(owner, one, name) for one in value]
        if isinstance(value, str) and value.startswith(Sealed.PREFIX):
            text = self.sealed(owner, Sealed(value))
            return orjson.loads(text) if text is not None and name in _SEALED_JSON else text
        return value
