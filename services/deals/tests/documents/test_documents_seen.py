"""Who sees which documents and finds them, who has read them, and what stays when a customer is erased."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from deals.documents.domain import DECIDER
from events.contracts.leads.identity import CustomerMerged

from .conftest import Office

YEAR = datetime.now(ZoneInfo("Europe/Moscow")).year


async def test_confidential_documents_are_not_there_for_those_out_of_reach(office: Office) -> None:
    made = await office.made()
    head, manager = office.system.callers["head"], office.system.manager
    refused = await manager.post(f"/documents/{made['document_id']}/confidentiality", {"confidentiality": "management"})
    assert refused.status_code == 422
    path = f"/documents/{made['document_id']}"
    changed = await head.post(f"{path}/confidentiality", {"confidentiality": "management"})
    assert changed.json()["confidentiality"] == "management"
    for address in (path, f"{path}/content", f"{path}/links", f"{path}/downloads"):
        assert (await manager.get(address)).status_code == 404
        assert (await head.get(address)).status_code == 200
    assert (await manager.get("/documents")).json()["documents"] == []
    assert (await manager.get(f"/customers/{office.customer_id}/documents")).json()["documents"] == []
    assert len((await head.get(f"/customers/{office.customer_id}/documents")).json()["documents"]) == 1
    assert (await manager.post(f"{path}/links", {})).status_code == 404


async def test_a_manager_of_another_line_of_business_sees_nothing(office: Office) -> None:
    system = office.system
    deal = (
        await system.callers["head"].post("/deals", {"customer_id": str(office.customer_id), "direction": "west"})
    ).json()
    await office.system.manager.post(f"/deals/{deal['deal_id']}/documents", {"kind": "offer"})
    (document,) = (await system.manager.get("/documents", deal_id=deal["deal_id"])).json()["documents"]
    east = system.callers["east"]
    assert (await east.get(f"/documents/{document['document_id']}")).status_code == 404
    assert (await east.get("/documents")).json()["documents"] == []


async def test_all_documents_of_merged_cards_are_one_list(office: Office) -> None:
    await office.made()
    other = office.system.leads.customer()
    deal = await office.system.opened(customer_id=str(other))
    await office.system.manager.post(f"/deals/{deal['deal_id']}/documents", {"kind": "act"})
    merged = CustomerMerged(
        customer_id=other, into_customer_id=office.customer_id, reason="by_hand", explanation="by hand"
    )
    await office.system.hears(other, merged)
    for customer in (other, office.customer_id):
        page = (await office.system.manager.get(f"/customers/{customer}/documents")).json()
        assert [document["kind"] for document in page["documents"]] == ["act", "offer"]


async def test_documents_are_found_by_kind_number_and_deal_a_page_at_a_time(office: Office) -> None:
    for kind in ("offer", "act", "act"):
        await office.asked(kind)
    manager = office.system.manager
    found = (await manager.get("/documents", number=f"A-{YEAR}-0002")).json()["documents"]
    assert [document["kind"] for document in found] == ["act"]
    assert len((await manager.get("/documents", kind="act", deal_id=office.deal["deal_id"])).json()["documents"]) == 2
    first = (await manager.get("/documents", limit=2)).json()
    second = (await manager.get("/documents", limit=2, cursor=first["next"])).json()
    assert [d["number"] for page in (first, second) for d in page["documents"]] == [
        f"A-{YEAR}-0002",
        f"A-{YEAR}-0001",
        f"O-{YEAR}-0001",
    ]


async def test_who_read_what_is_told_before_it_is_given(office: Office) -> None:
    made = await office.made()
    await office.content(made)
    await office.content(made, by="finance")
    downloads = (await office.system.manager.get(f"/documents/{made['document_id']}/downloads")).json()["downloads"]
    assert [(d["actor"], d["number"], d["link_id"]) for d in downloads] == [
        ("key:finance", 1, None),
        ("key:manager", 1, None),
    ]
    told = await office.system.pool.fetch("SELECT actor FROM events WHERE type = 'document.downloaded.v1'")
    assert {row["actor"] for row in told} == {"key:finance", "key:manager"}


async def test_a_customer_reads_by_a_link_without_a_login_until_it_ends(office: Office) -> None:
    made, client = await office.made(), office.system.client
    path = f"/documents/{made['document_id']}/links"
    link = (await office.system.manager.post(path, {"days": 2})).json()
    read = await client.get(link["url"])
    assert (read.status_code, read.headers["content-type"]) == (200, "application/pdf")
    assert read.headers["content-disposition"] == f'attachment; filename="offer-O-{YEAR}-0001-v1.pdf"'
    assert "no-store" in read.headers["cache-control"]
    (download,) = (await office.system.manager.get(f"/documents/{made['document_id']}/downloads")).json()["downloads"]
    assert (download["link_id"], download["actor"]) == (link["link_id"], f"link:{link['link_id']}")
    assert (await client.get(link["url"][:-1] + "!")).status_code == 404
    revoked = await client.delete(f"{path}/{link['link_id']}", headers=office.system.manager.headers)
    assert revoked.status_code == 204
    assert (await client.get(link["url"])).status_code == 404
    assert await office.events(link["link_id"]) == ["document_link.made.v1", "document_link.revoked.v1"]


async def test_what_is_stored_is_sealed_and_names_nobody(office: Office, tmp_path: Path) -> None:
    made = await office.made(note="Секретное условие")
    files = [path for path in (tmp_path / "documents").rglob("*") if path.is_file()]
    (sealed,) = [path for path in files if path.parent.name == "documents"]
    assert UUID(sealed.name)
    assert sealed.read_bytes().startswith(b"vf1.")
    assert b"%PDF" not in sealed.read_bytes()
    content = await office.content(made)
    key = office.system.leads.key(office.customer_id)
    assert key.open_bytes(sealed.read_bytes(), UUID(sealed.name)) == content
    rows = await office.system.pool.fetch(
        "SELECT data::text AS t FROM events UNION ALL SELECT d::text FROM documents d"
    )
    text = " ".join(row["t"] for row in rows)
    assert "Секретное" not in text
    assert "Петрова Анна" not in text


async def test_with_the_customer_the_documents_are_erased(office: Office, tmp_path: Path) -> None:
    made = await office.made()
    link = (await office.system.manager.post(f"/documents/{made['document_id']}/links", {})).json()
    await office.system.erased(office.customer_id)
    for address in (f"/documents/{made['document_id']}/content", link["url"]):
        assert (await office.system.manager.get(address)).status_code == 404
    await office.worked()
    assert list((tmp_path / "documents" / "documents").iterdir()) == []
    assert (await office.read(made))["is_erased"] is True
    answer = await office.system.manager.post(f"/documents/{made['document_id']}/versions", {})
    assert answer.status_code == 409
    path = f"/deals/{office.deal['deal_id']}/documents"
    assert (await office.system.manager.post(path, {"kind": "offer"})).status_code == 409


async def test_a_replay_of_every_stream_gives_what_the_tables_say(office: Office) -> None:
    made = await office.made()
    await office.system.manager.post(f"/documents/{made['document_id']}/versions", {})
    await office.worked()
    await office.uploaded(b"%PDF-1.7 signed", number="17/26")
    for row in await office.system.pool.fetch("SELECT * FROM documents"):
        history = await office.system.parts.store.load(row["document_id"])
        state = DECIDER.fold(entry.event for entry in history)
        assert (row["version"], row["latest"]) == (len(history), len(state.versions))  # type: ignore[union-attr]
        versions = await office.system.pool.fetch(
            "SELECT sha256 FROM document_versions WHERE document_id = $1 ORDER BY number", row["document_id"]
        )
        told = [getattr(version.outcome, "sha256", None) for version in state.versions]  # type: ignore[union-attr]
        assert [version["sha256"] for version in versions] == told
