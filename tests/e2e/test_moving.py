"""Moving off another CRM: its past funnel is rebuilt, deal by deal, through leads, Kafka and deals."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from embedded.system import System
from moved_accounts import AmoAccount, persons
from pytest_httpserver import HTTPServer
from voronka.client import Api

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

STAGES = {"31/201": "unsorted", "31/202": "offer_sent", "31/203": "negotiation"}
OPENED, MOVED, CLOSED = 1_577_836_800, 1_580_000_000, 1_590_000_000


def account_of_thirty_deals(server: HTTPServer) -> AmoAccount:
    """Ten persons; of their deals one in three is won, lost, or still negotiated."""
    account = AmoAccount(server)
    for id_ in range(1, 11):
        account.add("contacts", id_, name=f"Person {id_}", custom_fields_values=persons([id_]))
    for id_ in range(101, 131):
        linked: dict[str, Any] = {"contacts": [{"id": (id_ - 101) % 10 + 1, "is_main": True}]}
        account.add("leads", id_, name=f"Deal {id_}", status_id=201, pipeline_id=31, price=1000, _embedded=linked)
        account.move(id_, MOVED + id_, 202)
        if id_ % 3 == 2:
            account.move(id_, MOVED + 3600 + id_, 203)
        else:
            account.move(id_, CLOSED + id_, 142 if id_ % 3 == 0 else 143, closed=True)
    return account


def instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


async def imported(deals: Api, ids: range) -> list[dict[str, Any]]:
    """What deals knows of the deals of that account, once it knows all of them."""
    asked = {"source": "amocrm:main", "external_id": [str(id_) for id_ in ids]}
    async with asyncio.timeout(240):
        while len(found := await deals.get("/imported-deals", **asked)) < len(ids):
            await asyncio.sleep(0.3)
    listed: list[dict[str, Any]] = found
    return listed


async def test_a_past_funnel_is_rebuilt_with_its_dates(reachable_tmp: Path, httpserver: HTTPServer) -> None:
    account = account_of_thirty_deals(httpserver)
    environment = {"VORONKA_OUTGOING_PRIVATE_HOSTS": "localhost,127.0.0.1"}
    with System(reachable_tmp / "moving", services=("leads", "deals"), environment=environment, fsync=False) as system:
        key = system.secrets.admin_key
        async with Api(system.url("leads"), key) as leads, Api(system.url("deals"), key) as deals:
            options = {"account_url": account.url, "access_token": account.token, "history": True}
            codes = {"pipelines": {"31": "default"}, "stages": STAGES, "reasons": {"0": "other"}}
            await leads.put("/sources/amocrm/main", {"secrets": ["amo-secret"], "options": options | codes})

            found = await imported(deals, range(101, 131))

            shown = {one["external_id"]: await deals.get(f"/deals/{one['deal_id']}") for one in found}
            assert Counter(one["state"] for one in shown.values()) == {"won": 10, "lost": 10, "open": 10}
            for id_, deal in shown.items():
                assert datetime.fromisoformat(deal["opened_at"]) == instant(OPENED + int(id_))
                if int(id_) % 3 == 2:
                    assert deal["stage"] == "negotiation"
                else:
                    assert datetime.fromisoformat(deal["closed_at"]) == instant(CLOSED + int(id_))
            history = await deals.get(
                f"/deals/{next(one['deal_id'] for one in found if one['external_id'] == '102')}/history"
            )
            assert {instant(OPENED + 102), instant(MOVED + 102), instant(CLOSED + 102)} <= {
                datetime.fromisoformat(step["at"]) for step in history["history"]
            }
