"""The probes: what makes a service not ready, and that being alive asks nobody else."""

import asyncio
import time
from pathlib import Path

import asyncpg
import pytest
from events.app import App, Service
from events.configuration import ConfigurationError
from events.settings import Role, Settings
from serving import ADMIN_KEY, Serve


class Part:
    """A component that is as ready as the test says, after as long as it says."""

    role: Role = "consumer"

    def __init__(
        self, reason: str | None = None, seconds: float = 0, error: Exception | None = None, name: str = "part"
    ) -> None:
        self.name, self.reason, self.seconds, self.error = name, reason, seconds, error
        self.progress = time.monotonic()

    async def run(self, stopping: asyncio.Event) -> None:
        await stopping.wait()

    def last_progress(self) -> float:
        return self.progress

    async def ready(self) -> str | None:
        await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return self.reason


async def test_a_service_whose_parts_are_ready_is_ready(serve: Serve) -> None:
    serving = await serve(components=lambda _: [Part()])
    for probe in ("/livez", "/readyz", "/startupz"):
        assert (await serving.nobody.get(probe)).status_code == 200


async def test_every_reason_is_told(serve: Serve) -> None:
    failing = Part(error=RuntimeError("10.0.0.7 secret"), name="failing")
    serving = await serve(components=lambda _: [Part("no partitions yet"), failing])
    answer = await serving.nobody.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert "part: no partitions yet" in answer.json()["detail"]
    assert "failing: the check failed (RuntimeError)" in answer.json()["detail"]
    assert "secret" not in answer.text
    assert (await serving.nobody.get("/livez")).status_code == 200


async def test_the_answer_comes_within_the_second_a_probe_has(serve: Serve) -> None:
    serving = await serve(components=lambda _: [Part(seconds=30), Part(seconds=30, name="other")])
    before = time.perf_counter()
    answer = await serving.nobody.get("/readyz")
    assert time.perf_counter() - before < 20
    assert answer.status_code == 503
    assert "no answer within 0.8 s" in answer.json()["detail"]


async def test_two_parts_of_one_name_keep_the_service_from_starting(serve: Serve) -> None:
    with pytest.raises(ConfigurationError, match="part"):
        await serve(components=lambda _: [Part(), Part()])


async def test_an_exhausted_pool_is_told_in_time(serve: Serve) -> None:
    serving = await serve(settings={"database_pool_max": 1})
    async with serving.runtime.pool.acquire():
        before = time.perf_counter()
        answer = await serving.nobody.get("/readyz")
        assert time.perf_counter() - before < 20
        assert answer.status_code == 503
    assert (await serving.nobody.get("/readyz")).status_code == 200


async def test_only_parts_of_the_roles_given_run(serve: Serve) -> None:
    serving = await serve(components=lambda _: [Part("never asked")], settings={"roles": "api,relay"})
    assert (await serving.nobody.get("/readyz")).status_code == 200
    parts = (await serving.nobody.get("/livez")).json()["parts"]
    assert [part["name"] for part in parts] == ["demo.expiry"]


async def test_without_the_role_api_only_probes_and_metrics_answer(serve: Serve) -> None:
    serving = await serve(components=lambda _: [Part()], settings={"roles": "consumer"})
    for path in ("/livez", "/readyz", "/startupz", "/metrics"):
        assert (await serving.nobody.get(path)).status_code == 200
    for path in ("/api-keys", "/docs", "/openapi.json"):
        assert (await serving.admin.get(path)).status_code == 404


async def test_a_stalled_part_makes_the_service_not_alive(serve: Serve) -> None:
    part = Part()
    serving = await serve(components=lambda _: [part], settings={"stall_seconds": 0.05})
    await asyncio.sleep(0.1)
    answer = await serving.nobody.get("/livez")
    assert (answer.status_code, answer.json()["status"]) == (503, "stalled")
    assert answer.json()["parts"][0]["state"] == "stalled"
    part.progress = time.monotonic()
    assert (await serving.nobody.get("/livez")).status_code == 200


async def test_at_a_stop_the_service_is_not_ready_at_once_and_stays_alive(serve: Serve) -> None:
    serving = await serve(components=lambda _: [Part()])
    serving.app.stop_soon()
    answer = await serving.nobody.get("/readyz")
    assert (answer.status_code, "stopping" in answer.json()["detail"]) == (503, True)
    assert (await serving.nobody.get("/livez")).status_code == 200


async def test_a_database_that_is_away_makes_the_service_not_ready_and_leaves_it_alive(serve: Serve) -> None:
    serving = await serve(components=lambda _: [Part()])
    await serving.runtime.pool.close()
    assert (await serving.nobody.get("/readyz")).status_code == 503
    assert (await serving.nobody.get("/livez")).status_code == 200


async def test_a_schema_behind_the_code_is_waited_for_and_a_newer_one_is_fine(
    serve: Serve, no_migrations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("events.app.FIRST_WAIT_SECONDS", 0.3)
    (no_migrations / "1001_pre_things.sql").write_text("-- migrate:up\n")
    (no_migrations / "1002_post_things.sql").write_text("-- migrate:up\n")
    serving = await serve()
    for probe in ("/startupz", "/readyz"):
        answer = await serving.nobody.get(probe)
        assert answer.status_code == 503
        assert "1001 is expected" in answer.json()["detail"]
    assert (await serving.admin.get("/api-keys")).status_code == 503
    assert (await serving.nobody.get("/livez")).status_code == 200
    await serving.runtime.pool.execute("INSERT INTO schema_migrations VALUES ('1003')")
    for _ in range(100):
        if (await serving.nobody.get("/startupz")).status_code == 200:
            break
        await asyncio.sleep(0.05)
    assert (await serving.nobody.get("/readyz")).status_code == 200
    assert (await serving.admin.get("/api-keys")).status_code == 200


async def test_the_role_of_a_service_may_read_the_version_of_its_schema(serve: Serve) -> None:
    serving = await serve()
    async with serving.runtime.pool.acquire() as connection:
        await connection.execute("SET ROLE voronka_service")
        assert await connection.fetchval("SELECT max(version) FROM schema_migrations") is not None
        await connection.fetch("SELECT * FROM api_keys")
        await connection.execute("RESET ROLE")


async def test_a_service_starts_before_its_database_and_waits_for_it(
    no_migrations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("events.app.FIRST_WAIT_SECONDS", 0.3)
    service = Service(name="early", title="Early", description="For tests.", migrations=no_migrations)
    app = App(service, Settings(database_url="postgresql://nobody@127.0.0.1:1/none", bootstrap_key=ADMIN_KEY))
    before = time.perf_counter()
    async with app.running():
        assert app.health is not None
        assert await app.health.reasons() == {"service": "the database does not answer (ConnectionRefusedError)"}
        assert (await app.health.livez()).status_code == 200
    assert time.perf_counter() - before < 20


async def test_a_database_that_fits_no_longer_is_told_and_one_that_cannot_be_asked_changes_nothing(
    serve: Serve,
) -> None:
    serving = await serve()
    health = serving.app.health
    assert health is not None

    async def probed(said: str | Exception | None) -> tuple[int, str]:
        async def unfit(_connection: object) -> str | None:
            if isinstance(said, Exception):
                raise said
            return said

        await health.look_whether_fit(unfit)
        answer = await serving.nobody.get("/readyz")
        return answer.status_code, answer.json().get("detail", "")

    assert await probed(None) == (200, "")
    assert await probed("another key") == (503, "Not ready: database: another key")
    assert await probed(asyncpg.PostgresConnectionError()) == (503, "Not ready: database: another key")
    assert await probed(None) == (200, "")
    assert await probed(TimeoutError()) == (200, "")
    with pytest.raises(RuntimeError):
        await probed(RuntimeError("a fault of ours"))
