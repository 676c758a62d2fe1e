"""The CEL engine without its command line, which would bring the libraries of a terminal: 9 MiB in every process.

``common-expression-language`` imports its ``cel.cli`` (typer, prompt_toolkit, pygments, rich) with the package; nothing
of it is needed to evaluate.
"""

from __future__ import annotations

import sys
from types import ModuleType

sys.modules.setdefault("cel.cli", ModuleType("cel.cli"))

import cel  # noqa: E402

__all__ = ["cel"]
