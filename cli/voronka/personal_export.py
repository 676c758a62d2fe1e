"""All that is known of a person as a ZIP file: JSON of every service, the documents, and a page that lists them."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from voronka.client import Api


@dataclass(frozen=True)
class Document:
    """A version of a document as it is downloaded."""

    name: str
    title: str
    content: bytes = field(repr=False)


async def documents(deals: Api, customer_ids: Sequence[str]) -> list[Document]:
    """Every version of every document of these customers that was made and can be read."""
    found, seen = [], set()
    for customer_id in customer_ids:
        async for card in deals.pages(f"/customers/{customer_id}/documents", "documents"):
            if card["is_erased"] or card["document_id"] in seen:
                continue
            seen.add(card["document_id"])
            details = await deals.get(f"/documents/{card['document_id']}")
            for version in details["versions"]:
                if version["sha256"] is not None:
                    path = f"/documents/{card['document_id']}/content"
                    content = await deals.content(path, version=version["number"])
                    suffix = mimetypes.guess_extension(version["media_type"] or "") or ".bin"
                    name = f"documents/{card['document_id']}-{version['number']}{suffix}"
                    found.append(Document(name, details.get("title") or card["number"] or card["kind"], content))
    return found


def write(
    out: Path, customer_ids: Sequence[str], known: Sequence[Mapping[str, Any]], files: Sequence[Document]
) -> None:
    """Writes the file. Raises ``OSError``."""
    out.touch(0o600)
    out.chmod(0o600)
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for service in known:
            text = json.dumps(service["tables"], ensure_ascii=False, indent=2)
            archive.writestr(f"{service['service']}.json", text)
        for file in files:
            archive.writestr(file.name, file.content)
        archive.writestr("index.html", page(customer_ids, known, files))


def page(customer_ids: Sequence[str], known: Sequence[Mapping[str, Any]], files: Sequence[Document]) -> str:
    """What is where, for people."""
    rows = "".join(
        f"<tr><td><a href='{service['service']}.json'>{service['service']}</a></td><td>{escape(table)}</td>"
        f"<td>{len(rows)}</td></tr>"
        for service in known
        for table, rows in service["tables"].items()
        if rows
    )
    listed = "".join(f"<li><a href='{escape(file.name)}'>{escape(file.title)}</a></li>" for file in files)
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>What is known of a person</title>"
        "<h1>What is known of a person / Что известно о человеке</h1>"
        f"<p>Cards / карточки: {', '.join(map(escape, customer_ids))}</p>"
        f"<table border='1'><tr><th>service</th><th>table</th><th>rows</th></tr>{rows}</table>"
        f"<h2>Documents / документы</h2><ul>{listed}</ul></html>"
    )
