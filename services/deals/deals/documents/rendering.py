"""Rendering, as the service sees it: a process of its own for each document, killed at its deadline."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog

from deals.documents.facts import Facts
from deals.documents.sandbox import Refused

log = structlog.get_logger(__name__)

DEADLINE_SECONDS: Final = 20.0
AT_ONCE: Final = 2
_COMMAND: Final = (sys.executable, "-I", "-m", "deals.documents.press")
_ENVIRONMENT: Final = {"LANG": "C.UTF-8"}


@dataclass(frozen=True, slots=True)
class Inspected:
    """The variables of a template by their paths, and those that must have a value."""

    used: tuple[str, ...]
    required: tuple[str, ...]


class Renderer:
    """Renders two documents at once at most: each takes a core."""

    def __init__(self, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._deadline = deadline_seconds
        self._free = asyncio.Semaphore(AT_ONCE)

    async def inspect(self, template: bytes, sample: Facts) -> Inspected:
        """Checks a template of Word; raises :class:`Refused`."""
        answer, _ = await self._press({"what": "inspect", "facts": sample.model_dump(mode="json")}, template)
        return Inspected(tuple(answer["used"]), tuple(answer["required"]))

    async def fill(self, template: bytes, facts: Facts) -> bytes:
        """A filled Word document; raises :class:`Refused`."""
        return (await self._press({"what": "docx", "facts": facts.model_dump(mode="json")}, template))[1]

    async def compile_form(self, facts: Facts, made_at: datetime) -> bytes:
        """A form that is built in, as PDF; raises :class:`Refused`. Equal facts and time give equal bytes."""
        order = {"what": "pdf", "facts": facts.model_dump(mode="json"), "made_at": made_at.isoformat()}
        return (await self._press(order, b""))[1]

    async def _press(self, order: dict[str, Any], template: bytes) -> tuple[dict[str, Any], bytes]:
        async with self._free:
            pipe = asyncio.subprocess.PIPE
            process = await asyncio.create_subprocess_exec(
                *_COMMAND, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, env=_ENVIRONMENT
            )
            try:
                given = json.dumps(order).encode() + b"\n" + template
                told, _ = await asyncio.wait_for(process.communicate(given), self._deadline)
            except TimeoutError:
                raise Refused("too_slow", f"Rendering takes longer than {self._deadline:g} seconds.") from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if process.returncode:
            log.warning("press_died", code=process.returncode, what=order["what"])
            raise Refused("too_much", "Rendering takes more memory or time than it may.")
        head, _, made = told.partition(b"\n")
        answer: dict[str, Any] = json.loads(head)
        if refused := answer.get("refused"):
            raise Refused(*refused)
        return answer, made
