"""Documents made elsewhere: what is taken, by its content, and how it is kept."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from deals.documents.sniffing import media_type_of
from hypothesis import given
from hypothesis import strategies as st

from .conftest import Office
from .word import with_members, word

SCAN = b"%PDF-1.7\nsigned by both sides"


def workbook() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (SCAN, "pdf"),
        (b"\x89PNG\r\n\x1a\nrest", "png"),
        (b"\xff\xd8\xff\xe0rest", "jpg"),
        (b"II*\x00rest", "tif"),
        (word("Текст"), "docx"),
        (workbook(), "xlsx"),
    ],
    ids=["pdf", "png", "jpeg", "tiff", "docx", "xlsx"],
)
async def test_a_document_is_kept_and_given_back_as_it_came(office: Office, content: bytes, ending: str) -> None:
    answer = await office.uploaded(content, number="17/26", title="Подписанный договор")
    assert answer.status_code == 201, answer.text
    document = answer.json()
    assert (document["state"], document["number"], document["title"]) == ("uploaded", "17/26", "Подписанный договор")
    assert await office.content(document) == content
    read = await office.system.manager.get(f"/documents/{document['document_id']}/content")
    assert read.headers["content-disposition"] == f'attachment; filename="contract-v1.{ending}"'
    told = await office.system.pool.fetchval("SELECT data::text FROM events WHERE type = 'document.uploaded.v1'")
    assert "Подписанный" not in told


@pytest.mark.parametrize(
    "content",
    [b"MZ\x90\x00", b"<html><script>", b"#!/bin/sh", b"PK\x03\x04broken", b"%!PS-Adobe", b"\x7fELF"],
    ids=["exe", "html", "script", "zip", "postscript", "elf"],
)
async def test_what_is_no_document_by_its_content_is_refused(office: Office, content: bytes) -> None:
    answer = await office.uploaded(content)
    assert (answer.status_code, answer.headers["content-type"]) == (415, "application/problem+json")


def test_a_document_with_macros_is_not_taken() -> None:
    assert media_type_of(with_members(word(), {"word/vbaProject.bin": b"x"})) is None


@given(st.binary(max_size=200))
def test_any_bytes_have_a_media_type_or_none(content: bytes) -> None:
    media_type_of(content)
    media_type_of(b"PK\x03\x04" + content)


async def test_an_empty_file_is_invalid_and_a_large_one_too_large(office: Office) -> None:
    assert (await office.uploaded(b"")).status_code == 422
    limit = 25 * 1024 * 1024
    assert (await office.uploaded(b"%PDF-" + bytes(limit))).status_code == 413


async def test_the_same_key_keeps_it_once(office: Office, tmp_path: Path) -> None:
    first = await office.uploaded(SCAN, headers={"idempotency-key": "k"})
    second = await office.uploaded(SCAN, headers={"idempotency-key": "k"})
    other = await office.uploaded(b"%PDF-other", headers={"idempotency-key": "k"})
    assert [answer.status_code for answer in (first, second, other)] == [201, 200, 200]
    assert await office.content(first.json()) == SCAN
    assert len(list((tmp_path / "documents" / "documents").iterdir())) == 1


async def test_a_document_of_a_deal_is_of_its_customer(office: Office) -> None:
    fields: dict[str, Any] = {"deal_id": office.deal["deal_id"]}
    assert (await office.uploaded(SCAN, **fields)).json()["deal_id"] == office.deal["deal_id"]
    other = await office.system.opened()
    assert (await office.uploaded(SCAN, deal_id=other["deal_id"])).status_code == 422
    assert (await office.uploaded(SCAN, deal_id=str(uuid4()))).status_code == 404


async def test_nobody_uploads_into_a_class_that_he_does_not_see(office: Office) -> None:
    assert (await office.uploaded(SCAN, confidentiality="management")).status_code == 422
    answer = await office.uploaded(SCAN, by="finance", confidentiality="finance")
    assert answer.status_code == 201
    assert (await office.system.manager.get(f"/documents/{answer.json()['document_id']}")).status_code == 404


async def test_for_an_erased_customer_nothing_is_kept(office: Office) -> None:
    await office.system.erased(office.customer_id)
    answer = await office.uploaded(SCAN)
    assert (answer.status_code, answer.json()["hint"]) == (409, "rule: no_key")


async def test_while_keys_cannot_be_read_nothing_is_taken_and_nothing_given(office: Office) -> None:
    document = (await office.uploaded(SCAN)).json()
    office.system.leads.down = True
    keys = office.system.parts.keys
    keys.forget(office.customer_id)
    assert (await office.uploaded(SCAN)).status_code == 503
    read = await office.system.manager.get(f"/documents/{document['document_id']}/content")
    assert (read.status_code, read.headers["retry-after"]) == (503, "5")
    assert await office.system.pool.fetchval("SELECT count(*) FROM document_downloads") == 0
