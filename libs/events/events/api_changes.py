"""What changed between two descriptions of an API, and what of it breaks who uses it.

    python -m events.api_changes docs/api REVISION      # against what stood there at a revision; 1 if something breaks

The rules are those of compatibility in two directions. What is **asked** (bodies and parameters) may become wider: a
new thing that is required, one that is not taken any more, fewer values or kinds break. What is **answered**, and an
event, may become more: what is gone, is not always there any more, or may be of a kind that it was not breaks. A value
that is new in an answered list is told and does not break: readers take unknown values (docs/api.md).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import orjson

METHODS: Final = ("get", "put", "post", "patch", "delete")
Way = Literal["asked", "answered"]
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """``place``: the call and the way to the field, `POST /leads asked.phones[]`."""

    place: str
    what: str
    breaks: bool


def changes(before: Json, after: Json) -> list[Change]:
    """All changes from one OpenAPI or AsyncAPI document to another, in the order of the places."""
    found = _of_messages(before, after) if "asyncapi" in before else _of_calls(before, after)
    return sorted(set(found), key=lambda change: (change.place, change.what))


def _of_calls(before: Json, after: Json) -> Iterator[Change]:
    old, new = _calls(before), _calls(after)
    for call in old.keys() - new.keys():
        yield Change(call, "is gone", True)
    for call in new.keys() - old.keys():
        yield Change(call, "is new", False)
    for call in old.keys() & new.keys():
        comparing = _Comparing(before, after)
        yield from comparing.parameters(call, old[call], new[call])
        asked = [one.get("requestBody", {}) for one in (old[call], new[call])]
        if asked[1].get("required") and not asked[0].get("required"):
            yield Change(call, "needs a body now", True)
        yield from comparing.contents(f"{call} asked", asked[0], asked[1], "asked")
        answers = [{k: v for k, v in one["responses"].items() if k.startswith("2")} for one in (old[call], new[call])]
        for code in answers[0].keys() - answers[1].keys():
            yield Change(f"{call} {code}", "is not answered any more", True)
        for code in answers[0].keys() & answers[1].keys():
            yield from comparing.contents(f"{call} answered", answers[0][code], answers[1][code], "answered")


def _of_messages(before: Json, after: Json) -> Iterator[Change]:
    old, new = (one["components"]["messages"] for one in (before, after))
    for name in old.keys() - new.keys():
        yield Change(name, "is gone", True)
    for name in new.keys() - old.keys():
        yield Change(name, "is new", False)
    for name in old.keys() & new.keys():
        yield from _Comparing(before, after).schemas(name, old[name]["payload"], new[name]["payload"], "answered")


def _calls(described: Json) -> dict[str, Json]:
    return {
        f"{method.upper()} {path}": operations[method]
        for path, operations in described["paths"].items()
        for method in METHODS
        if method in operations
    }


def _values(place: str, old: Json, new: Json, way: Way) -> Iterator[Change]:
    was, may = (set(map(str, one.get("enum", [one["const"]] if "const" in one else []))) for one in (old, new))
    if way == "asked" and may and not was:
        yield Change(place, "is one of a list now", True)
    if was and may:
        for value in was - may:
            yield Change(place, f"is not {value!r} any more", way == "asked")
        for value in may - was:
            yield Change(place, f"may be {value!r} now", False)


class _Comparing:
    def __init__(self, before: Json, after: Json) -> None:
        self._documents = before, after
        self._seen: set[tuple[int, int, Way]] = set()  # schemas name each other

    def parameters(self, call: str, before: Json, after: Json) -> Iterator[Change]:
        old, new = (self._parameters(side, one) for side, one in enumerate((before, after)))
        for name in old.keys() - new.keys():
            yield Change(f"{call} {name}", "is not taken any more", True)
        for name in new.keys() - old.keys():
            required = bool(new[name].get("required"))
            yield Change(f"{call} {name}", "is new and required" if required else "is new", required)
        for name in old.keys() & new.keys():
            if new[name].get("required") and not old[name].get("required"):
                yield Change(f"{call} {name}", "is required now", True)
            yield from self.schemas(f"{call} {name}", old[name].get("schema", {}), new[name].get("schema", {}), "asked")

    def contents(self, place: str, before: Json, after: Json, way: Way) -> Iterator[Change]:
        old, new = before.get("content", {}), after.get("content", {})
        for kind in old.keys() - new.keys():
            yield Change(place, f"is not {kind} any more", True)
        for kind in old.keys() & new.keys():
            yield from self.schemas(place, old[kind].get("schema", {}), new[kind].get("schema", {}), way)

    def schemas(self, place: str, before: Json, after: Json, way: Way) -> Iterator[Change]:
        old, new = self._kinds(0, before), self._kinds(1, after)
        # Whatever may stand there is taken, or comes: `{}`.
        gone, come = old.keys() - new.keys(), new.keys() - old.keys()
        if old and not new:
            gone, come = (set(), {"anything"}) if way == "answered" else (set(), set())
        elif new and not old:
            gone, come = ({"anything"}, set()) if way == "asked" else (set(), set())
        for kind in gone:
            yield Change(place, f"is not {kind} any more", way == "asked")
        for kind in come:
            yield Change(place, f"may be {kind} now", way == "answered")
        for kind in old.keys() & new.keys():
            yield from self._same_kind(place, old[kind], new[kind], way)

    def _same_kind(self, place: str, old: Json, new: Json, way: Way) -> Iterator[Change]:
        if (pair := (id(old), id(new), way)) in self._seen:
            return
        self._seen.add(pair)
        yield from _values(place, old, new, way)
        had, has = old.get("properties", {}), new.get("properties", {})
        needed, needs = set(old.get("required", ())), set(new.get("required", ()))
        for name in had.keys() - has.keys():
            yield Change(f"{place}.{name}", "is gone", True)
        for name in has.keys() - had.keys():
            breaks = way == "asked" and name in needs
            yield Change(f"{place}.{name}", "is new and required" if breaks else "is new", breaks)
        for name in had.keys() & has.keys():
            if way == "asked" and name in needs - needed:
                yield Change(f"{place}.{name}", "is required now", True)
            if way == "answered" and name in needed - needs:
                yield Change(f"{place}.{name}", "is not always there any more", True)
            yield from self.schemas(f"{place}.{name}", had[name], has[name], way)
        yield from self.schemas(f"{place}[]", old.get("items", {}), new.get("items", {}), way)

    def _parameters(self, side: int, operation: Json) -> dict[str, Json]:
        found = [self._resolved(side, one) for one in operation.get("parameters", ())]
        return {f"{one['in']}:{one['name']}": one for one in found}

    def _resolved(self, side: int, schema: Json) -> Json:
        while "$ref" in schema:
            found: Any = self._documents[side]
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            schema = found
        return schema

    def _kinds(self, side: int, schema: Json) -> dict[str, Json]:
        """What may stand there, by its kind: a type, of objects the name too where there are several."""
        schema = self._resolved(side, schema)
        several = schema.get("anyOf") or schema.get("oneOf")
        if several is None:
            types = schema.get("type", ())
            return dict.fromkeys([types] if isinstance(types, str) else types, schema)
        found: dict[str, Json] = {}
        for one in several:
            for kind, inner in self._kinds(side, one).items():
                found[kind if kind not in found else f"{kind} {inner.get('title', '')}"] = inner
        return found


def at(revision: str, file: Path) -> Json | None:
    """A document as it stood at a revision; None if there was none."""
    folder = file.resolve().parent
    shown = subprocess.run(  # noqa: S603 - our own file at a revision that the operator names
        ["git", "-C", str(folder), "show", f"{revision}:./{file.name}"],  # noqa: S607
        capture_output=True, check=False,
    )  # fmt: skip
    return orjson.loads(shown.stdout) if shown.returncode == 0 else None


def main(folder: Path, revision: str) -> int:
    """Prints the changes of every document of the folder since the revision; 1 if one of them breaks."""
    breaks = False
    for file in sorted(folder.glob("*.json")):
        before = at(revision, file)
        for change in changes(before, orjson.loads(file.read_bytes())) if before else ():
            breaks |= change.breaks
            sys.stdout.write(f"{'BREAKS' if change.breaks else 'ok    '} {file.name}: {change.place} {change.what}\n")
    return int(breaks)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
