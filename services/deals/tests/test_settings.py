"""What deals does not start without."""

from __future__ import annotations

import base64

import pytest
from deals.settings import DealsSettings
from events.configuration import ConfigurationError, load


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("VORONKA_DATABASE_URL", "postgresql://deals@db.example/voronka_deals")
    monkeypatch.setenv("VORONKA_LINK_KEYS", base64.b64encode(bytes(32)).decode())
    return monkeypatch


def test_without_a_key_for_links_it_does_not_start(environment: pytest.MonkeyPatch) -> None:
    assert len(load(DealsSettings).link_keys) == 1
    environment.delenv("VORONKA_LINK_KEYS")
    with pytest.raises(ConfigurationError, match="VORONKA_LINK_KEYS must be given"):
        load(DealsSettings)


@pytest.mark.parametrize("name", ["Europe/Atlantis", "../etc/passwd", ""])
def test_a_time_zone_that_nobody_knows_is_refused(environment: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(ConfigurationError, match="VORONKA_BUSINESS_TIMEZONE"):
        load(DealsSettings, business_timezone=name)
