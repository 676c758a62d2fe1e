"""The process that renders one document and ends: without secrets in its environment, short of time and memory.

``python -I -m deals.documents.press`` reads an order from standard input, a line of JSON and the bytes of a template
behind it, and writes a line of JSON and the bytes of the document. So neither a template that somebody uploaded nor
the work of setting pages can stop the service, and a deadline can be kept: the process is killed.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import datetime
from typing import Any, Final

from deals.documents import docx, pdf
from deals.documents.facts import Facts
from deals.documents.sandbox import Refused

CPU_SECONDS: Final = 30
MEMORY_BYTES: Final = 1024 * 1024 * 1024


def main() -> None:
    """Renders what standard input orders."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    order = json.loads(sys.stdin.buffer.readline())
    try:
        answer, made = _carry_out(order, sys.stdin.buffer.read())
    except Refused as refused:
        answer, made = {"refused": [refused.code, str(refused), refused.names]}, b""
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + made)


def _carry_out(order: dict[str, Any], template: bytes) -> tuple[dict[str, Any], bytes]:
    facts = Facts.model_validate(order["facts"])
    match order["what"]:
        case "inspect":
            reading = docx.inspect(template, facts)
            return {"used": sorted(reading.used), "required": sorted(reading.required)}, b""
        case "docx":
            return {}, docx.fill(template, facts)
    return {}, pdf.compile_form(facts, datetime.fromisoformat(order["made_at"]))


if __name__ == "__main__":
    main()
