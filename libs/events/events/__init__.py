"""The shared ground of all services: the event log and what a service is built from."""

import sys

if "rich" not in sys.modules:
    # structlog loads rich with all it needs, 3 MiB a process, for tracebacks that are never printed here.
    sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        import structlog  # noqa: F401
    finally:
        del sys.modules["rich"]
