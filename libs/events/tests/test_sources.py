"""The sources' file, and the guard at the door."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import pytest
from events.budget import Budget, Meter
from events.configuration import ConfigurationError
from events.intake import Verdict
from events.problems import Problem
from events.sources import Guard, load_sources
from events.webhooks import RawRequest, Reply, Source, Unverified, Webhook, require_match

CHANNELS = ("tilda", "telegram")


class Bell(Webhook[str], Protocol):
    """Rings with the first live secret as its body; answers `GET` by itself."""


class Doorbell(Bell):
    name = "tilda"

    def handshake(self, request: RawRequest, source: Source) -> Reply | None:
        return Reply(body=b"here") if request.method == "GET" else None

    def verify(self, request: RawRequest, source: Source) -> None:
        require_match([request.body.decode()], source.secrets, "the body")

    def parse(self, request: RawRequest, source: Source) -> list[str]:
        return ["ring"]


class Broken(Doorbell):
    def verify(self, request: RawRequest, source: Source) -> None:
        raise RuntimeError("a bug")


def written(folder: Path, text: str) -> Path:
    path = folder / "sources.yaml"
    path.write_text(text)
    return path


def request(source: str = "shop", channel: str = "tilda", body: bytes = b"secret", method: str = "POST") -> RawRequest:
    url = f"http://leads/in/{channel}/{source}"
    return RawRequest(UUID(int=1), datetime(2026, 3, 2, tzinfo=UTC), channel, source, method, url, (), body)


def guard(channel: Webhook[str] | None = None, **of_source: Any) -> Guard:
    source = Source("tilda", "shop", ("old", "secret"), **of_source)
    return Guard({("tilda", "shop"): source}, {"tilda": channel or Doorbell()}, Meter(clock=lambda: 0.0))


def test_without_a_file_there_are_no_sources() -> None:
    assert load_sources(None, CHANNELS) == {}


def test_an_empty_file_has_no_sources(tmp_path: Path) -> None:
    assert load_sources(written(tmp_path, ""), CHANNELS) == {}


def test_secrets_come_from_the_file_or_from_files_beside_it(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from-a-file\n")
    entry = "{channel: tilda, name: shop, secrets: [plain], secret_files: [secret], direction: retail, options: {a: b}}"
    source = load_sources(written(tmp_path, f"[{entry}]"), CHANNELS)["tilda", "shop"]
    assert (source.secrets, source.direction, source.options) == (("plain", "from-a-file"), "retail", {"a": "b"})
    assert "plain" not in repr(source)
    assert "from-a-file" not in repr(source)


def test_all_faults_are_told_at_once_and_no_secret_with_them(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        - {channel: pigeon, name: post, secrets: [hidden-1]}
        - {channel: tilda, name: shop, secrets: [hidden-1, hidden-2, hidden-3]}
        - {channel: tilda, name: shop, secret_files: [missing]}
        - {channel: tilda, name: other, secrets: ['']}
        """,
    )
    with pytest.raises(ConfigurationError) as error:
        load_sources(path, CHANNELS)
    told = str(error.value)
    for part in ("0.channel", "1.secrets", "2.secret_files", "is there twice", "3.secrets"):
        assert part in told
    assert "hidden" not in told


def test_a_source_that_must_prove_itself_needs_a_secret(tmp_path: Path) -> None:
    path = written(tmp_path, "[{channel: tilda, name: shop}]")
    assert load_sources(path, CHANNELS)["tilda", "shop"].secrets == ()
    with pytest.raises(ConfigurationError, match=r"0\.secrets"):
        load_sources(path, CHANNELS, least_secrets=1)


@pytest.mark.parametrize(
    "text",
    [
        "{sources: []}",
        "[{channel: tilda}]",
        "[{channel: tilda, name: a b, secrets: [HIDDEN]}]",
        "[{channel: tilda, name: a, secret: HIDDEN}]",
        "[{channel: tilda, name: a, secrets: [[HIDDEN]]}]",
        "[: }",
        "[1, 2]",
    ],
)
def test_a_file_of_another_shape_is_refused_without_showing_a_secret(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        load_sources(written(tmp_path, text), CHANNELS)
    assert "HIDDEN" not in str(error.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_sources(tmp_path / "none.yaml", CHANNELS)


def test_a_proven_request_is_stored_and_acknowledged() -> None:
    verdict = guard()(request())
    assert (verdict.reply, verdict.store, verdict.refused) == (Reply(), True, None)


def test_a_probe_is_answered_and_not_stored() -> None:
    verdict = guard()(request(method="GET", body=b""))
    assert (verdict.reply, verdict.store, verdict.refused) == (Reply(body=b"here"), False, None)


@pytest.mark.parametrize(
    ("sent", "status", "refused"),
    [
        (request(channel="pigeon"), 404, "unknown channel"),
        (request(source="other"), 404, "unknown source"),
        (request(body=b"false"), 401, "signature: the body is wrong"),
    ],
)
def test_what_nobody_proved_is_refused_and_kept(sent: RawRequest, status: int, refused: str) -> None:
    verdict = guard()(sent)
    assert isinstance(verdict.reply, Problem)
    assert (verdict.reply.status, verdict.refused) == (status, refused)


def test_a_source_that_was_switched_off_is_refused_and_what_it_sends_is_kept() -> None:
    verdict = guard(active=False)(request())
    assert isinstance(verdict.reply, Problem)
    assert (verdict.reply.status, verdict.refused) == (404, "inactive source")


def test_over_its_budget_a_source_is_acknowledged_and_its_requests_wait() -> None:
    admit = guard(budget=Budget(per_second=2))
    assert [admit(request()).deferred for _ in range(3)] == [False, False, True]
    assert admit(request()).reply == Reply()


def test_only_a_sender_that_comes_again_is_refused_over_its_budget() -> None:
    class Patient(Doorbell):
        retries = True

    budget = Budget(per_minute=1, over="refuse")
    patient, impatient = guard(Patient(), budget=budget), guard(budget=budget)
    for admit in (patient, impatient):
        assert admit(request()).reply == Reply()

    refused = patient(request())
    assert isinstance(refused.reply, Problem)
    assert (refused.reply.status, refused.reply.headers, refused.store) == (429, {"Retry-After": "60"}, False)
    assert impatient(request()) == Verdict(Reply(), deferred=True)


def test_a_forged_request_uses_up_nobodys_budget() -> None:
    admit = guard(budget=Budget(per_second=1))
    admit(request(body=b"false"))
    assert not admit(request()).deferred


def test_a_budget_refills_as_time_goes_by() -> None:
    now = 0.0
    meter, budget = Meter(clock=lambda: now), Budget(per_second=2, per_minute=5)
    assert [meter.wait("shop", budget) > 0 for _ in range(3)] == [False, False, True]
    now = 0.5
    assert [meter.wait("shop", budget) > 0 for _ in range(2)] == [False, True]
    now = 2.0
    assert [meter.wait("shop", budget) > 0 for _ in range(3)] == [False, False, True]
    assert meter.wait("shop", budget) == pytest.approx(10.0, abs=0.1), "five a minute are used up"


def test_faults_in_options_are_told_by_the_channel(tmp_path: Path) -> None:
    path = written(tmp_path, "[{channel: tilda, name: shop, secrets: [s3cret], options: {colour: red}}]")
    with pytest.raises(ConfigurationError, match=r"0\.options: colour is not an option"):
        load_sources(
            path, CHANNELS, faults_of=lambda channel, options: [f"{name} is not an option" for name in options]
        )


def test_a_failure_of_a_channel_is_the_services_own_and_keeps_the_request() -> None:
    verdict = guard(Broken())(request())
    assert isinstance(verdict.reply, Problem)
    assert (verdict.reply.status, verdict.refused) == (500, "internal error: RuntimeError")


@pytest.mark.parametrize(("given", "expected"), [([], ["a"]), (["a"], []), (["b", "ы", "\ud800"], ["a"])])
def test_a_missing_or_wrong_proof_is_refused(given: list[str], expected: list[str]) -> None:
    with pytest.raises(Unverified):
        require_match(given, expected, "the proof")


@pytest.mark.parametrize(
    ("url", "path", "query"),
    [
        ("https://crm.example/in/tilda/shop?key=a%20b&x=?y", "/in/tilda/shop", "key=a%20b&x=?y"),
        ("https://crm.example", "/", ""),
        ("/in/tilda/shop", "/in/tilda/shop", ""),
        ("https://[::1/in/a/b?c", "/in/a/b", "c"),
    ],
)
def test_path_and_query_are_those_of_the_address_whatever_its_host(url: str, path: str, query: str) -> None:
    raw = RawRequest(
        UUID(int=1), datetime(2026, 3, 2, tzinfo=UTC), "c", "s", "POST", url, (("a", "1"), ("a", "2")), b""
    )
    assert (raw.path, raw.query, raw.header("a"), raw.header("b")) == (path, query, "1", None)
