"""The embedded PostgreSQL: its data last, and neither a crash nor a dead owner keeps it from coming back."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time

import asyncpg
import psutil
import pytest
from embedded.postgres import ClusterInUse, Postgres


@pytest.fixture
def cluster(reachable_tmp, request):
    postgres = Postgres(reachable_tmp / request.node.name[:40])
    yield postgres
    postgres.stop("immediate")


def _add_row(postgres: Postgres) -> None:
    postgres.query("CREATE TABLE IF NOT EXISTS kept (n int); INSERT INTO kept VALUES (1)")


def _rows(postgres: Postgres) -> str:
    return postgres.query("SELECT count(*) FROM kept")


def test_data_and_port_and_password_stay_over_stop_and_start(cluster):
    # given
    cluster.start()
    dsn = cluster.dsn()
    _add_row(cluster)

    # when
    cluster.stop()
    cluster.start()

    # then
    assert cluster.dsn() == dsn
    assert _rows(cluster) == "1"


@pytest.mark.parametrize(
    "crash", [Postgres.kill, lambda postgres: postgres.stop("immediate")], ids=["kill", "immediate"]
)
def test_committed_data_survive_a_crash(cluster, crash):
    cluster.start()
    for expected in ("1", "2", "3"):
        _add_row(cluster)
        crash(cluster)
        cluster.start()
        assert _rows(cluster) == expected


async def test_a_killed_postmaster_with_busy_backends_is_started_again(cluster):
    # given
    cluster.start()
    connection = await asyncpg.connect(cluster.dsn())
    backend = await connection.fetchval("SELECT pg_backend_pid()")
    os.kill(backend, signal.SIGSTOP)  # it cannot notice that its postmaster has gone

    # when
    cluster.kill()
    assert psutil.pid_exists(backend)
    asyncio.get_running_loop().run_in_executor(None, lambda: (time.sleep(0.5), os.kill(backend, signal.SIGCONT)))
    cluster.start()

    # then
    assert not psutil.pid_exists(backend)
    assert cluster.query("SELECT 1") == "1"
    connection.terminate()


def _is_gone(pid: int) -> bool:
    """A child whose parent died stands in the table of processes until somebody takes it off."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_the_server_dies_with_its_owner_and_the_next_owner_starts_it_again(cluster):
    # given
    owner = textwrap.dedent(f"""
        import os, pathlib, signal
        from embedded.postgres import Postgres
        postgres = Postgres(pathlib.Path({str(cluster.data)!r}))
        postgres.start()
        postgres.query("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)")
        print(postgres.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """)

    # when
    died = subprocess.run([sys.executable, "-c", owner], capture_output=True, text=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    cluster.start()

    # then
    assert cluster.pid != int(died.stdout)
    assert _is_gone(int(died.stdout))
    assert _rows(cluster) == "1"


def test_a_pid_file_whose_number_now_belongs_to_another_process_is_no_obstacle(cluster):
    # given
    cluster.start()
    _add_row(cluster)
    pid_file = cluster.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    cluster.kill()
    other = subprocess.Popen(["sleep", "60"], user=cluster.data.owner() if os.geteuid() == 0 else None)

    # when
    pid_file.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
    cluster.start()

    # then
    assert _rows(cluster) == "1"
    other.kill()
    other.wait()


def test_a_cluster_with_a_living_owner_is_refused(cluster):
    cluster.start()
    with pytest.raises(ClusterInUse):
        Postgres(cluster.data).start()
    assert cluster.query("SELECT 1") == "1"


def test_the_password_is_generated_kept_from_others_and_needed(cluster):
    cluster.start()
    assert len(cluster.password) >= 32
    assert stat.S_IMODE(cluster.password_file.stat().st_mode) == 0o600
    stranger = ["-h", "127.0.0.1", "-p", str(cluster.port), "-U", "postgres", "-w", "-c", "SELECT 1"]
    psql = psutil.Process(cluster.pid).exe().removesuffix("postgres") + "psql"
    env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    refused = subprocess.run([psql, *stranger], env=env, capture_output=True, text=True, check=False)
    assert "no password supplied" in refused.stderr


def test_a_crash_in_the_middle_of_initdb_leaves_no_half_made_cluster(cluster):
    side = cluster.data.with_name(f"{cluster.data.name}.initialising")
    side.mkdir()
    (side / "PG_VERSION").write_text("18\n")
    cluster.start()
    assert cluster.query("SELECT 1") == "1"
    assert not side.exists()


def test_creating_a_database_twice_changes_nothing(cluster):
    cluster.start()
    name = 'voronka "leads"'
    for _ in range(2):
        cluster.create_database(name)
    assert cluster.query("SELECT datname FROM pg_database WHERE datname = :'name'", name=name) == name


@pytest.mark.parametrize(
    "value", ["", "a b", "it's", 'double "', "back\\slash", ":'name'", "`ls`", "line\nbreak", "Ёж"]
)
def test_query_variables_arrive_as_they_are(cluster_of_run, value):
    assert cluster_of_run.query("SELECT :'name'", name=value) == value.strip()


def test_text_is_ordered_and_folded_by_unicode_on_every_machine(cluster_of_run):
    assert cluster_of_run.query("SELECT upper('ёлка')") == "ЁЛКА"
    assert cluster_of_run.query("SELECT datlocprovider, datlocale FROM pg_database LIMIT 1") == "b|C.UTF-8"


def test_the_log_quotes_no_values(cluster):
    cluster.start()
    with pytest.raises(subprocess.CalledProcessError, match="returned non-zero"):
        cluster.query("CREATE TABLE people (mail text UNIQUE); INSERT INTO people VALUES ('anna@x'), ('anna@x')")
    log = cluster.data.with_name(f"{cluster.data.name}.log").read_text()
    assert "duplicate key" in log
    assert "anna@x" not in log


@pytest.fixture
def cluster_of_run(databases):
    return databases.postgres
