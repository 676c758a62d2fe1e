"""The file of accounts at payment providers."""

from __future__ import annotations

from pathlib import Path

import pytest
from deals import sources
from events.configuration import ConfigurationError


def written(path: Path, text: str) -> Path:
    file = path / "sources.yaml"
    file.write_text(text)
    return file


def test_without_a_file_there_are_no_sources() -> None:
    assert sources.load(None) == {}


def test_a_source_has_its_secrets_and_options(tmp_path: Path) -> None:
    text = "sources: [{channel: tbank, name: shop, secrets: [first-secret, second-secret], options: {currency: USD}}]"
    source = sources.load(written(tmp_path, text))["tbank", "shop"]
    assert (source.secrets, source.options) == (("first-secret", "second-secret"), {"currency": "USD"})
    assert "secret" not in repr(source)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("sources: [{channel: paypal, name: a, secrets: [HIDDEN]}]", "no such payment provider: paypal"),
        ("sources: [{channel: tbank, name: a, secrets: []}]", "at least 1 item"),
        ("sources: [{channel: tbank, name: a, secrets: [HIDDEN, y, z]}]", "at most 2 items"),
        ("sources: [{channel: tbank, name: a, secrets: ['']}]", "a secret is empty"),
        ("sources: [{channel: tbank, name: a/b, secrets: [HIDDEN]}]", "pattern"),
        ("sources: [{channel: tbank, name: a, secret: HIDDEN}]", "not permitted"),
        (
            "sources: [{channel: tbank, name: a, secrets: [HIDDEN]}, {channel: tbank, name: a, secrets: [y]}]",
            "one name",
        ),
        ("sources: [", "cannot be read"),
        ("[1, 2]", "valid dictionary"),
    ],
)
def test_a_faulty_file_is_refused_without_showing_a_secret(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why) as raised:
        sources.load(written(tmp_path, text))
    assert "HIDDEN" not in str(raised.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        sources.load(tmp_path / "none.yaml")
