"""The calls that a service describes, with bodies that they take, for whoever asks all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

METHODS = ("get", "put", "post", "patch", "delete")
SERVICE_ONLY = "keyring:read"
WORDS = {
    "value": {"amount": "1.00", "currency": "RUB"},
    "on": "2026-03-31",
    "due_on": "2026-03-31",
    "organisation_id": None,
    "valid_until": "2026-03-31",
    "until": "2026-03-31T00:00:00Z",
}
"""What fields take that have no example."""


@dataclass(frozen=True)
class Call:
    """A call with a body that it takes, None where it takes none."""

    method: str
    path: str
    body: Any
    permissions: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def filled(self, ids: Mapping[str, str]) -> str:
        """The path with these ids in it; what is not among them stands there by its name."""
        path = self.path
        for name, value in ids.items():
            path = path.replace(f"{{{name}}}", value)
        return path.replace("{", "").replace("}", "")


def calls(described: dict[str, Any], *prefixes: str) -> Iterator[Call]:
    """The calls whose path is one of these or lies below it, but for those that only services may make."""
    for path, operations in described["paths"].items():
        if any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes):
            for method in METHODS:
                operation = operations.get(method)
                if operation is not None and SERVICE_ONLY not in operation.get("description", ""):
                    yield Call(method.upper(), path, example(operation, described))


def example(operation: dict[str, Any], described: dict[str, Any]) -> Any:
    """A body that the call takes, None where it takes none."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is None:
        return None
    if "example" in body:
        return body["example"]
    model = _resolved(body["schema"], described)
    if "examples" in model:
        return model["examples"][0]
    fields = model.get("properties", {})
    return {name: fields[name].get("examples", [WORDS.get(name, "x")])[0] for name in model.get("required", [])}


def _resolved(schema: Any, described: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return dict(schema)
