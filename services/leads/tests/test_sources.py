"""The sources' file, and the guard at the door."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from events.intake import RawRequest, Reply
from events.settings import ConfigurationError
from leads.sources import Guard, load_sources


def _file(folder: Path, text: str) -> Path:
    path = folder / "sources.yaml"
    path.write_text(text)
    return path


def _request(channel: str, source: str, query: str = "", body: bytes = b"") -> RawRequest:
    url = f"http://leads/in/{channel}/{source}{query}"
    return RawRequest(UUID(int=1), datetime(2026, 3, 2, tzinfo=UTC), channel, source, "POST", url, (), body)


def test_secrets_come_from_the_file_or_from_files_beside_it(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from-a-file\n")
    path = _file(
        tmp_path, "[{channel: tilda, name: shop, secrets: [plain], secret_files: [secret], direction: retail}]"
    )
    source = load_sources(path)["tilda", "shop"]
    assert (source.secrets, source.direction) == (("plain", "from-a-file"), "retail")


def test_all_faults_are_told_at_once_and_no_secret_with_them(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        """
        - {channel: pigeon, name: post, secrets: [hidden-1]}
        - {channel: tilda, name: shop, secrets: [hidden-1, hidden-2, hidden-3]}
        - {channel: tilda, name: shop, secret_files: [missing]}
        """,
    )
    with pytest.raises(ConfigurationError) as error:
        load_sources(path)
    told = str(error.value)
    assert [part in told for part in ("0.channel", "1.secrets", "2.secret_files", "is there twice")] == [True] * 4
    assert "hidden" not in told


@pytest.mark.parametrize("text", ["{a: b}", "[{channel: tilda}]", "[{channel: tilda, name: a b}]", "[: }"])
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError):
        load_sources(_file(tmp_path, text))


def test_a_probe_is_answered_and_not_stored(tmp_path: Path) -> None:
    guard = Guard(load_sources(_file(tmp_path, "[{channel: tilda, name: shop, secrets: [tilda-secret]}]")))
    verdict = guard(_request("tilda", "shop", body=b"test=test"))
    assert isinstance(verdict.reply, Reply)
    assert (verdict.store, verdict.refused) == (False, None)


def test_a_failure_of_a_channel_is_the_services_own_and_keeps_the_request(tmp_path: Path) -> None:
    class Broken:
        name = "tilda"

        def handshake(self, *_: object) -> None:
            raise RuntimeError("a bug")

    sources = load_sources(_file(tmp_path, "[{channel: tilda, name: shop, secrets: [tilda-secret]}]"))
    verdict = Guard(sources, {"tilda": Broken()})(_request("tilda", "shop"))  # type: ignore[dict-item]
    assert verdict.refused == "internal error: RuntimeError"
    assert getattr(verdict.reply, "status") == 500  # noqa: B009
