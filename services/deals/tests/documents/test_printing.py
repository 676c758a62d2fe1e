"""The durable task: wherever the process dies, the same document comes of it, said once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from deals.documents.printing import ATTEMPTS, Printing
from deals.documents.rendering import Renderer
from deals.documents.storage import Storage, StorageUnavailable
from events.store import Cause
from events.tasks import Retry, Task

from .conftest import Office


def task_of(document: dict[str, Any], attempts: int = 1) -> Task:
    payload = {"document_id": document["document_id"], "version": 1}
    now = datetime.now(UTC)
    return Task(uuid4(), "documents.render", payload, now, attempts, uuid4(), Cause("test", uuid4()))


def printing(office: Office, storage: Storage | None = None) -> Printing:
    documents = office.system.parts.documents
    return Printing(documents.desk.documents, storage or documents.storage, Renderer(), office.system.parts.keys)


def objects(tmp_path: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (tmp_path / "documents" / "documents").iterdir()}


class Killed(BaseException):
    """The process ends here."""


async def test_killed_between_storing_and_saying_so_the_stored_document_is_the_one_that_is_said(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await office.asked()
    first = printing(office)

    async def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(type(first.documents), "run", die)
        with pytest.raises(Killed):
            await first.render(task_of(asked))
    stored = objects(tmp_path)
    assert len(stored) == 1
    assert (await office.read(asked))["state"] == "requested"
    await office.system.manager.post(
        f"/deals/{office.deal['deal_id']}/value", {"value": {"amount": "1", "currency": "RUB"}}
    )
    for attempts in (2, 1, 3):
        await printing(office).render(task_of(asked, attempts))
    made = await office.read(asked)
    assert (made["state"], made["number"], made["latest"]) == ("generated", asked["number"], 1)
    assert objects(tmp_path) == stored
    assert await office.events(asked["document_id"]) == ["document.requested.v1", "document.generated.v1"]
    key = office.system.leads.key(office.customer_id)
    ((name, sealed),) = stored.items()
    assert key.open_bytes(sealed, UUID(name)) == await office.content(made)
    assert await office.system.pool.fetchval("SELECT last FROM document_numbers") == 1


async def test_two_workers_at_once_say_one_document(office: Office, tmp_path: Path) -> None:
    asked = await office.asked()
    await asyncio.gather(*(printing(office).render(task_of(asked)) for _ in range(3)))
    assert await office.events(asked["document_id"]) == ["document.requested.v1", "document.generated.v1"]
    assert len(objects(tmp_path)) == 1
    assert (await office.content(asked)).startswith(b"%PDF")


async def test_a_task_without_a_document_or_for_one_that_is_made_does_nothing(office: Office) -> None:
    made = await office.made()
    await printing(office).render(task_of(made))
    await printing(office).render(task_of({"document_id": str(uuid4())}))
    assert len(await office.events(made["document_id"])) == 2


class Away(Storage):
    """A storage that does not answer."""

    def __init__(self) -> None:
        super().__init__(lambda: None)  # type: ignore[arg-type, return-value]

    async def put(self, object_id: UUID, sealed: bytes) -> bool:
        raise StorageUnavailable("storage: GenericError")

    async def get(self, object_id: UUID) -> bytes | None:
        raise StorageUnavailable("storage: GenericError")


async def test_while_the_storage_is_away_it_is_tried_again_and_at_last_said(office: Office) -> None:
    asked = await office.asked()
    away = printing(office, Away())
    with pytest.raises(Retry):
        await away.render(task_of(asked))
    assert (await office.read(asked))["state"] == "requested"
    await away.render(task_of(asked, ATTEMPTS))
    failed = await office.read(asked)
    assert (failed["state"], failed["versions"][0]["reason"]) == ("failed", "unavailable")


async def test_while_keys_cannot_be_read_it_is_tried_again(office: Office) -> None:
    asked = await office.asked()
    office.system.leads.down = True
    office.system.parts.keys.forget(office.customer_id)
    with pytest.raises(Retry):
        await printing(office).render(task_of(asked))
    office.system.leads.down = False
    await office.worked()
    assert (await office.read(asked))["state"] == "generated"


async def test_of_a_customer_erased_meanwhile_nothing_is_made(office: Office, tmp_path: Path) -> None:
    asked = await office.asked()
    await office.system.erased(office.customer_id)
    await office.worked()
    failed = await office.read(asked)
    assert (failed["state"], failed["versions"][0]["reason"]) == ("failed", "erased")
    assert not (tmp_path / "documents").exists() or objects(tmp_path) == {}


async def test_the_event_loop_goes_on_while_a_document_is_made(office: Office) -> None:
    for _ in range(3):
        await office.asked()
    turns, ended = 0, asyncio.Event()

    async def watch() -> None:
        nonlocal turns
        while not ended.is_set():
            await asyncio.sleep(0.005)
            turns += 1

    watching = asyncio.create_task(watch())
    await office.worked()
    ended.set()
    await watching
    assert turns > 50
