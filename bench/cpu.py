"""CPU time of processes: it hardly grows while others use the machine too, as wall-clock time does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import psutil


def used(pids: Sequence[int]) -> float:
    """Seconds used until now by these processes and by all below them that are still there."""
    seconds = 0.0
    for pid in pids:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                seconds += times.user + times.system
    return seconds
