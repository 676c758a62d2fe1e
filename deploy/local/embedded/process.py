"""A child process that is started, waited for, stopped in time, and never outlives its parent."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

# Linux ties the death signal to the thread that forked, not to its process, so every child is forked by one thread
# that lives as long as the interpreter: a caller may be a short-lived worker thread.
_SPAWNER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")

_PORTS: set[int] = set()
_PORTS_FILE: int | None = None

_POLL_SECONDS = 0.02
_LOG_TAIL_BYTES = 4_000


class ProcessFailed(RuntimeError):
    """A child exited before it was ready, or was not ready in time. The text ends with the tail of its log."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 between 20000 and 32767 that nobody listens on now, and nobody else is ever given.

    Kept for this process while it lives, also from its neighbours: who is given a port listens on it later, or again.
    Below the ephemeral range on purpose: a client that keeps dialling a closed ephemeral port can by chance be given
    that very port as its own and connect to itself, and then the server cannot come back to it.
    """
    for port in secrets.SystemRandom().sample(range(20_000, 32_768), k=200):
        if port not in _PORTS and _is_ours(port):
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe, contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                _PORTS.add(port)
                return port
    raise ProcessFailed("no free TCP port between 20000 and 32767 on 127.0.0.1")


def check_free(port: int) -> None:
    """Raises ``ProcessFailed`` where somebody listens on a TCP port of 127.0.0.1: he would answer in our place."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise ProcessFailed(f"port {port} of 127.0.0.1 is taken: end what listens there") from None


def _is_ours(port: int) -> bool:
    """Locks the byte of the port in a file that all processes of this user share; the kernel unlocks it at the end."""
    global _PORTS_FILE
    if _PORTS_FILE is None:
        path = Path(tempfile.gettempdir(), f"voronka-ports-{os.getuid()}")
        _PORTS_FILE = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.lockf(_PORTS_FILE, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


class Server(ABC):
    """Something that is started and stopped, by hand or as a context: started at its begin, stopped at its end."""

    @abstractmethod
    def start(self) -> None:
        """Returns when it answers."""

    @abstractmethod
    def stop(self) -> None:
        """Ends it in its own time."""

    def restart(self) -> None:
        """Stops it and starts it again, at the same address."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class ChildProcess:
    """One supervised child; can be started again after it has ended.

    Args:
        name: what messages call it.
        command: program and arguments, no shell.
        log: file that stdout and stderr are appended to.
        ready: called every 20 ms after the start until it answers True; None means ready at once.
        env: added to this process's environment.
        user: system user to run as (needs root); None means the caller's own.
        death_signal: what the child gets from the kernel when this process dies (Linux only).
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        ready: Callable[[], bool] | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
        death_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._ready = ready
        self._env = dict(env or {})
        self._cwd = cwd
        self._user = user
        self._death_signal = death_signal
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Raises ProcessFailed if it was never started."""
        if self._process is None:
            raise ProcessFailed(f"{self.name} was not started")
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Exit code, negative for a signal; None while it runs or before the first start."""
        return None if self._process is None else self._process.poll()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, deadline: float = 30.0) -> None:
        """Starts the child and returns when it is ready.

        Raises ProcessFailed when it exits first or is not ready within `deadline` seconds; it is killed then.
        """
        self.spawn()
        self.wait_until_ready(deadline)

    def spawn(self) -> None:
        """Starts the child without waiting, so that several can come up side by side."""
        if self.running:
            raise ProcessFailed(f"{self.name} runs already as process {self.pid}")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._process = _SPAWNER.submit(self._popen).result()

    def wait_until_ready(self, deadline: float = 30.0) -> None:
        """Raises ProcessFailed when the child exits first or is not ready within `deadline` seconds (it is killed)."""
        give_up = time.monotonic() + deadline
        while True:
            if not self.running:
                raise ProcessFailed(f"{self.name} exited with code {self.returncode}\n{self._log_tail()}")
            if self._ready is None or self._ready():
                return
            if time.monotonic() > give_up:
                self.kill()
                raise ProcessFailed(f"{self.name} was not ready within {deadline:g} s\n{self._log_tail()}")
            time.sleep(_POLL_SECONDS)

    def stop(self, deadline: float = 25.0, with_signal: signal.Signals = signal.SIGTERM) -> int | None:
        """Signals the child and waits; after `deadline` seconds it is killed. Returns its exit code."""
        if self._process is None:
            return None
        if self.running:
            self._process.send_signal(with_signal)
            try:
                self._process.wait(deadline)
            except subprocess.TimeoutExpired:
                self.kill()
        return self._process.returncode

    def kill(self) -> None:
        """SIGKILL, then wait until the kernel has taken it away."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _popen(self) -> subprocess.Popen[bytes]:
        parent = os.getpid()

        def die_with_parent() -> None:
            if _LIBC is not None:
                _LIBC.prctl(_PR_SET_PDEATHSIG, self._death_signal.value)
                if os.getppid() != parent:
                    os._exit(1)

        with self.log.open("ab") as log:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self._env},
                cwd=self._cwd,
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
                start_new_session=True,  # Ctrl-C in the terminal is for the parent, which stops its children in order
                preexec_fn=die_with_parent,
            )

    def _log_tail(self) -> str:
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - _LOG_TAIL_BYTES))
            return log.read().decode(errors="replace")
