"""A supervised child: it is ready or it is an error, and it ends when it is told to or when its parent does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import psutil
import pytest
from embedded.process import ChildProcess, ProcessFailed, free_port

SLEEP = ["sleep", "60"]
STUBBORN = ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.1; done"]


@pytest.fixture
def log(tmp_path):
    return tmp_path / "child.log"


def test_start_waits_until_the_child_is_ready(tmp_path, log):
    flag = tmp_path / "ready"
    child = ChildProcess("child", ["sh", "-c", f"sleep 0.2; touch {flag}; sleep 60"], log=log, ready=flag.exists)
    child.start()
    assert flag.exists()
    assert child.running
    assert child.stop() == -signal.SIGTERM


def test_a_child_that_exits_before_it_is_ready_is_an_error_with_the_tail_of_its_log(log):
    child = ChildProcess("child", ["sh", "-c", "echo the reason >&2; exit 3"], log=log, ready=lambda: False)
    with pytest.raises(ProcessFailed, match=r"exited with code 3\n(.|\n)*the reason"):
        child.start()


def test_a_child_that_is_never_ready_is_killed(log):
    child = ChildProcess("child", SLEEP, log=log, ready=lambda: False)
    with pytest.raises(ProcessFailed, match=r"not ready within 0\.2 s"):
        child.start(deadline=0.2)
    assert not psutil.pid_exists(child.pid)


def test_a_child_that_ignores_the_signal_is_killed_after_the_deadline(log):
    child = ChildProcess("child", STUBBORN, log=log, ready=lambda: log.exists() and "up" in log.read_text())
    child.start()
    started = time.monotonic()
    assert child.stop(deadline=0.3) == -signal.SIGKILL
    assert time.monotonic() - started < 20


def test_a_child_can_be_started_again_and_keeps_its_log(log):
    expected = 1
    child = ChildProcess(
        "child", ["sh", "-c", "echo up; sleep 60"], log=log, ready=lambda: log.read_text().count("up") == expected
    )
    child.start()
    child.kill()
    assert child.returncode == -signal.SIGKILL
    expected = 2
    child.start()
    child.kill()


def test_a_running_child_is_not_started_twice(log):
    child = ChildProcess("child", SLEEP, log=log)
    child.start()
    with pytest.raises(ProcessFailed, match="runs already"):
        child.start()
    child.stop()


def test_a_child_outlives_the_thread_that_started_it(log):
    child = ChildProcess("child", SLEEP, log=log)
    thread = threading.Thread(target=child.start)
    thread.start()
    thread.join()
    time.sleep(0.2)
    assert child.running
    child.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal is Linux's")
def test_a_child_dies_with_a_parent_that_is_killed(log):
    parent = textwrap.dedent(f"""
        import os, pathlib, signal
        from embedded.process import ChildProcess
        child = ChildProcess("child", {SLEEP!r}, log=pathlib.Path({str(log)!r}))
        child.start()
        print(child.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    died = subprocess.run([sys.executable, "-c", parent], capture_output=True, text=True, check=False)
    pid = int(died.stdout)
    give_up = time.monotonic() + 60
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < give_up
        time.sleep(0.02)


def test_ctrl_c_in_the_terminal_does_not_reach_the_child(log):
    child = ChildProcess("child", SLEEP, log=log)
    child.start()
    assert os.getsid(child.pid) == child.pid
    child.stop()


def test_free_ports_are_outside_the_range_that_clients_are_given():
    assert {20_000 <= free_port() < 32_768 for _ in range(50)} == {True}


def test_a_port_is_given_once_to_this_process_and_to_no_other():
    mine = {free_port() for _ in range(50)}
    assert len(mine) == 50
    ours = "import sys; from embedded.process import _is_ours; print([n for n in sys.argv[1:] if _is_ours(int(n))])"
    other = subprocess.run([sys.executable, "-c", ours, *map(str, mine)], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == "[]"
