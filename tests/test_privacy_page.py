"""docs/privacy.md tells of every store of personal data what an erasure leaves of it, as the services declare it."""

from pathlib import Path

import pytest
from analytics.main import SALES
from analytics.personal import kept as analytics_kept
from automation.privacy.stores import KEPT as AUTOMATION
from deals.privacy.stores import KEPT as DEALS
from events.personal import BY_STREAM, PersonalData, PersonalStore
from leads.privacy.stores import KEPT as LEADS

PAGE = Path(__file__).parents[1] / "docs" / "privacy.md"
DECLARED: list[PersonalData] = [LEADS, DEALS, AUTOMATION, analytics_kept(SALES)]


def line(service: str, store: PersonalStore) -> str:
    why = f": {store.why}" if store.why else ""
    return f"| {service} | `{store.table}` | {store.what} | {store.ending}{why} |"


@pytest.mark.parametrize("kept", DECLARED, ids=lambda kept: kept.service)
def test_the_page_has_every_declared_store(kept: PersonalData) -> None:
    page = PAGE.read_text("utf-8").splitlines()
    missing = [line(kept.service, store) for store in kept.stores if line(kept.service, store) not in page]
    assert not missing, "\n".join(missing)


def test_the_page_has_the_stores_of_every_service_and_none_that_is_not_declared() -> None:
    page = PAGE.read_text("utf-8").splitlines()
    wanted = {line("every", store) for store in BY_STREAM}
    wanted |= {line(kept.service, store) for kept in DECLARED for store in kept.stores}
    told = {row for row in page if row.startswith(("| every |", *(f"| {kept.service} |" for kept in DECLARED)))}
    assert told == wanted


def test_what_stays_or_is_unreadable_says_why() -> None:
    unsaid = [
        f"{kept.service}.{store.table}"
        for kept in DECLARED
        for store in kept.all_stores
        if store.ending in ("kept", "unreadable") and not store.why
    ]
    assert not unsaid
