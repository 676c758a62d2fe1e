"""Writes the pages that are made from code: `python -m events.reference docs` (settings, metrics, permissions)."""

import sys
from pathlib import Path

from events import configuration, metrics, permissions
from events.settings import Settings

_SETTINGS = """# Settings

Every setting is an environment variable, or the file named by the same variable with `_FILE` at its end (a mounted
secret). `python -m <service> --print-settings` shows what a service would run with, secrets blanked. All faults of a
configuration are told at once, and the service does not start. Made from `events/settings.py`; do not edit.

The settings that every service has; a service's own are in `<service>/settings.py`.

"""


def pages() -> dict[str, str]:
    """The made pages by file name."""
    return {
        "settings.md": _SETTINGS + configuration.reference(Settings),
        "metrics.md": metrics.reference(),
        "permissions.md": permissions.reference(),
    }


if __name__ == "__main__":
    for name, text in pages().items():
        (Path(sys.argv[1]) / name).write_text(text)
