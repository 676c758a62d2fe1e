"""What the APIs and events were when the last version went out, and whether a change since then breaks who uses them.

    python -m events.api_released docs      # what is described now is what is promised from here on

`released-api.json` holds of every description what `api_changes` compares, a line each; it is committed, so a checkout
without history can be asked. What breaks on purpose stands in `api-breaks.txt`, a line each as it is told, until the
next version.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from events.api_changes import changes

RELEASED: Final = "released-api.json"
DECLARED: Final = "api-breaks.txt"
_WORDS: Final = frozenset(
    ("description", "examples", "example", "summary", "default", "tags", "operationId", "security")
)
_NAMED: Final = frozenset(("properties", "schemas", "paths", "messages"))
"""Objects whose members have names of the API's own: a field may be called `description`."""


def promised(described: Mapping[str, Any]) -> dict[str, Any]:
    """A description without words, and of answers only the good ones."""
    kept: dict[str, Any] = _wordless(described)
    for operations in kept.get("paths", {}).values():
        for operation in operations.values():
            if isinstance(operation, dict) and "responses" in operation:
                answers = operation["responses"].items()
                operation["responses"] = {code: answer for code, answer in answers if code.startswith("2")}
    return kept


def _wordless(value: Any, *, names: bool = False) -> Any:
    if isinstance(value, Mapping):
        return {key: _wordless(one, names=key in _NAMED) for key, one in value.items() if names or key not in _WORDS}
    return [_wordless(one) for one in value] if isinstance(value, list) else value


def undeclared(docs: Path) -> tuple[list[str], list[str]]:
    """What breaks and is not declared, and what is declared and does not break (any more)."""
    released = {line["of"]: line["is"] for line in map(orjson.loads, (docs / RELEASED).read_bytes().splitlines())}
    breaks = {told for name, before in released.items() for told in _breaks(docs / "api" / name, before)}
    lines = (docs / DECLARED).read_text().splitlines()
    declared = {line for line in lines if line and not line.startswith("#")}
    return sorted(breaks - declared), sorted(declared - breaks)


def _breaks(file: Path, before: Mapping[str, Any]) -> Iterator[str]:
    if not file.exists():
        yield f"{file.name}: is gone"
        return
    for change in changes(before, promised(orjson.loads(file.read_bytes()))):
        if change.breaks:
            yield f"{file.name}: {change.place} {change.what}"


def release(docs: Path) -> None:
    """Takes what is described now for what is promised; nothing is declared to break it."""
    files = sorted((docs / "api").glob("*.json"))
    lines = [orjson.dumps({"of": one.name, "is": promised(orjson.loads(one.read_bytes()))}) for one in files]
    (docs / RELEASED).write_bytes(b"\n".join(lines) + b"\n")
    kept = [line for line in (docs / DECLARED).read_text().splitlines() if line.startswith("#")]
    (docs / DECLARED).write_text("\n".join(kept) + "\n")


if __name__ == "__main__":
    release(Path(sys.argv[1]))
