"""A process that may have no more memory: a control group of the kernel, of either version, cgroups(7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

GROUPS = Path("/sys/fs/cgroup")
MORE_BYTES = 8 * 2**20
"""What a process had before it came into the group is not counted there, and much of that it can use again. So much
that what the kernel needs for a connection is not what is refused: for that it kills nobody.
"""


class Group:
    """A group of processes with a limit of memory, whose processes the kernel kills above it."""

    def __init__(self) -> None:
        old = GROUPS / "memory"
        parent, limit, self._told = (
            (old, "memory.limit_in_bytes", "memory.oom_control")
            if old.is_dir()
            else (GROUPS, "memory.max", "memory.events")
        )
        self._path = parent / f"voronka-{uuid4().hex[:8]}"
        try:
            self._path.mkdir()
            (self._path / limit).write_text(str(MORE_BYTES))
        except OSError as error:
            self.remove()
            pytest.skip(f"needs to limit the memory of a process: {error}")

    def add(self, pid: int) -> None:
        (self._path / "cgroup.procs").write_text(str(pid))

    def killed(self) -> int:
        """How many of its processes the kernel has killed."""
        found = re.search(r"^oom_kill (\d+)$", (self._path / self._told).read_text(), re.MULTILINE)
        return int(found[1]) if found else 0

    def remove(self) -> None:
        """Whoever still lives there goes where the group was."""
        if self._path.is_dir():
            for pid in (self._path / "cgroup.procs").read_text().split():
                (self._path.parent / "cgroup.procs").write_text(pid)
            self._path.rmdir()


@contextmanager
def no_more_memory(pid: int) -> Iterator[Group]:
    """From now on this process may have ``MORE_BYTES`` more; it must have ended at the end of the block."""
    group = Group()
    try:
        group.add(pid)
        yield group
    finally:
        group.remove()
