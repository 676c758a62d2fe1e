"""Contracts: what was ever published must be readable for ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import events.contracts  # noqa: F401 - registers the contracts
import orjson
import pytest
from events import event
from events.event import REGISTRY, UPCASTERS, UnknownEvent, decode
from events.sealed import Sealed

GOLDEN = Path(event.__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_was_published_decodes_and_comes_back_unchanged(path: Path) -> None:
    published = orjson.loads(path.read_bytes())

    decoded = decode(path.stem, path.read_bytes())

    assert orjson.loads(decoded.to_json()) == published or path.stem in UPCASTERS


def test_every_contract_has_its_golden_file() -> None:
    assert set(REGISTRY) <= {path.stem for path in FILES}


@pytest.mark.parametrize("contract", REGISTRY.values(), ids=lambda contract: contract.type)
def test_a_contract_is_named_by_subject_fact_and_version_and_knows_its_owner(contract: type[event.Event]) -> None:
    subject, fact, version = contract.type.split(".")
    assert subject.isidentifier()
    assert fact.replace("-", "").isalpha()
    assert version[0] == "v"
    assert version[1:].isdigit()
    assert contract.owner() in ("leads", "deals", "automation", "analytics")


@pytest.mark.parametrize("contract", REGISTRY.values(), ids=lambda contract: contract.type)
def test_fields_added_by_a_newer_writer_are_ignored(contract: type[event.Event]) -> None:
    published = (GOLDEN / f"{contract.type}.json").read_bytes()
    newer = orjson.loads(published) | {"invented_later": {"x": 1}}

    assert decode(contract.type, orjson.dumps(newer)) == decode(contract.type, published)


def test_a_type_nobody_knows_is_said_to_be_unknown() -> None:
    with pytest.raises(UnknownEvent):
        decode("lead.abducted.v1", b"{}")


def test_an_old_version_is_read_as_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_reason(old: dict[str, Any]) -> dict[str, Any]:
        return {**old, "result": old["outcome"]}

    monkeypatch.setitem(UPCASTERS, "task.completed.v0", ("task.completed.v1", with_reason))
    task = UUID(int=7)

    decoded = decode("task.completed.v0", orjson.dumps({"task_id": str(task), "outcome": "done"}))

    assert decoded.model_dump(exclude_none=True) == {"task_id": task, "result": "done"}


def test_a_sealed_field_takes_ciphertext_only() -> None:
    golden = orjson.loads((GOLDEN / "deal.lost.v1.json").read_bytes())

    with pytest.raises(ValueError, match="comment"):
        decode("deal.lost.v1", orjson.dumps(golden | {"comment": "Позвонить Анне 8 912 345-67-89"}))

    assert isinstance(decode("deal.lost.v1", orjson.dumps(golden)).comment, Sealed)  # type: ignore[attr-defined]
