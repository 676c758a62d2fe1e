"""The script for sites says what the channel understands; run by Node, where there is one."""

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from events.webhooks import RawRequest, Source
from leads.channels import CHANNELS, View

SCRIPT = Path(__file__).parents[4] / "deploy/site/behaviour.js"
NODE = shutil.which("node")
PAGE = """
const told = [], listeners = {}, stored = new Map(STORED), fields = [];
globalThis.document = {
  currentScript: { dataset: { address: "https://crm.example.com/in/behaviour/shop", key: "site-key", ...DATASET } },
  title: "Диваны", createElement: () => ({}), addEventListener: (name, listener) => { listeners[name] = listener; },
};
globalThis.location = { href: "https://shop.ru/sofas?utm_source=x" };
globalThis.localStorage = {
  getItem: (name) => stored.get(name),
  setItem: (name, value) => { stored.set(name, value); },
};
globalThis.fetch = (address, options) => {
  told.push({ address, ...options });
  return Promise.reject(new Error("offline"));
};
require(SCRIPT);
VISIT
listeners.submit({ target: { elements: {}, appendChild: (field) => fields.push(field) } });
console.log(JSON.stringify({ told, fields, stored: [...stored] }));
"""

pytestmark = pytest.mark.skipif(NODE is None, reason="there is no Node here")


def visited(visit: str = "", stored: dict[str, str] | None = None, **dataset: str) -> Any:
    """What a page with the script did."""
    page = PAGE.replace("STORED", json.dumps(list((stored or {}).items()))).replace("DATASET", json.dumps(dataset))
    page = page.replace("SCRIPT", json.dumps(str(SCRIPT))).replace("VISIT", visit)
    assert NODE is not None
    done = subprocess.run([NODE, "-e", page], capture_output=True, text=True, check=True, timeout=20)
    return json.loads(done.stdout)


def views(told: dict[str, Any]) -> list[View]:
    headers = tuple(told["headers"].items())
    at = datetime(2026, 5, 1, tzinfo=UTC)
    body = told["body"].encode()
    request = RawRequest(UUID(int=1), at, "behaviour", "shop", "POST", "/in/behaviour/shop", headers, body)
    source = Source("behaviour", "shop", ("site-key",))
    CHANNELS["behaviour"].verify(request, source)
    return [fact for fact in CHANNELS["behaviour"].parse(request, source) if isinstance(fact, View)]


def test_pages_and_products_are_told_as_the_channel_understands_them_and_forms_name_the_visitor() -> None:
    seen = visited("voronka.product('Sofa Nord'); voronka.start();")
    page, product = (view for told in seen["told"] for view in views(told))
    assert (page.kind, page.page, page.title, page.product) == ("page", "shop.ru/sofas", "Диваны", None)
    assert (product.kind, product.product, product.visitor) == ("product", "Sofa Nord", page.visitor)
    assert page.view_id != product.view_id
    assert seen["fields"] == [{"type": "hidden", "name": "visitor_id", "value": page.visitor}]
    again = visited(stored=dict(seen["stored"]))
    assert views(again["told"][0])[0].visitor == page.visitor


def test_with_wait_nothing_is_stored_or_sent_before_the_visitor_agreed() -> None:
    assert visited("voronka.product('Sofa Nord');", wait="") == {"told": [], "fields": [], "stored": []}
    assert len(visited("voronka.start();", wait="")["told"]) == 1
