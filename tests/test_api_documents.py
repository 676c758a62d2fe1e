"""The committed descriptions of the APIs and events are what the code says, so that a change of one is seen in review.

If not: `python -m events.reference docs`.
"""

import asyncio
from pathlib import Path

import orjson
from events.reference import documents

DOCS = Path(__file__).parents[1] / "docs"


def test_the_committed_documents_are_what_the_code_says() -> None:
    made = asyncio.run(documents())

    assert {f"api/{path.name}" for path in (DOCS / "api").iterdir()} == set(made)
    stale = [name for name, text in made.items() if (DOCS / name).read_text() != text]
    assert stale == []


def test_the_apis_are_described_in_valid_openapi() -> None:
    # Two seconds of every worker of a run, if it stood above.
    from openapi_spec_validator import OpenAPIV31SpecValidator

    for path in (DOCS / "api").glob("*.openapi.json"):
        faults = [error.message for error in OpenAPIV31SpecValidator(orjson.loads(path.read_bytes())).iter_errors()]
        assert faults == [], path.name
