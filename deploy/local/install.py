"""Installs a hashed lock file into this interpreter's environment, with a progress bar. Standard library only.

``python install.py requirements.lock``: pip prints one line per package it collects, and that is what is counted.
Exits with pip's own code, and prints pip's words if it failed.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

WIDTH = 40


def main(lock: Path) -> int:
    """Returns pip's exit code."""
    total = len(re.findall(r"^[a-z0-9][\w.-]*==", lock.read_text(), re.MULTILINE | re.IGNORECASE))
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    said: list[str] = []
    with subprocess.Popen(
        [*command, "--require-hashes", "-r", str(lock)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        assert pip.stdout is not None
        collected = 0
        for line in pip.stdout:
            said.append(line)
            if line.startswith(("Collecting ", "Requirement already satisfied: ", "Ignoring ")):
                collected += 1
                _draw(lock.name, min(collected, total), total)
            elif line.startswith("Installing collected packages"):
                _draw(lock.name, total, total, "unpacking")
    sys.stderr.write("\n" if pip.returncode == 0 else "\n" + "".join(said[-40:]))
    return pip.returncode


def _draw(name: str, done: int, total: int, doing: str = "") -> None:
    filled = WIDTH * done // max(total, 1)
    end = "" if sys.stderr.isatty() else "\n"
    if end and not doing and done % 20:
        return
    sys.stderr.write(f"\r{name}  [{'#' * filled}{'.' * (WIDTH - filled)}] {done}/{total} {doing}{end}")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
