"""The committed descriptions of the APIs and events are what the code says, so that a change of one is seen in review.

If not: `python -m events.reference docs`.
"""

import asyncio
from pathlib import Path

import orjson
from events.api_released import promised, release, undeclared
from events.reference import documents

DOCS = Path(__file__).parents[1] / "docs"


def test_the_committed_documents_are_what_the_code_says() -> None:
    made = asyncio.run(documents())

    assert {f"api/{path.name}" for path in (DOCS / "api").iterdir()} == set(made)
    stale = [name for name, text in made.items() if (DOCS / name).read_text() != text]
    assert stale == []


def test_nothing_breaks_who_uses_the_last_version_but_what_is_declared() -> None:
    breaks, needless = undeclared(DOCS)

    assert breaks == [], "mend it, or say so in docs/api-breaks.txt and in CHANGELOG.md"
    assert needless == [], "docs/api-breaks.txt declares what does not break"


def test_a_break_is_told_until_it_is_declared_and_a_release_begins_anew(tmp_path: Path) -> None:
    def described(**answers: str) -> bytes:
        schema = {"type": "object", "properties": {name: {"type": type_} for name, type_ in answers.items()}}
        content = {"content": {"application/json": {"schema": schema}}, "description": "Words."}
        return orjson.dumps({"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {"200": content, "422": {}}}}}})

    (tmp_path / "api").mkdir()
    file, declared = tmp_path / "api" / "a.openapi.json", tmp_path / "api-breaks.txt"
    declared.write_text("# What breaks.\n")
    file.write_bytes(described(summary="string", description="string"))
    release(tmp_path)
    assert undeclared(tmp_path) == ([], [])

    file.write_bytes(described(summary="string", more="string"))
    told = "a.openapi.json: GET /a answered.description is gone"
    assert undeclared(tmp_path) == ([told], [])
    declared.write_text(f"# What breaks.\n{told}\n")
    assert undeclared(tmp_path) == ([], [])

    release(tmp_path)
    assert undeclared(tmp_path) == ([], [])
    assert declared.read_text() == "# What breaks.\n"
    file.unlink()
    assert undeclared(tmp_path) == (["a.openapi.json: is gone"], [])


def test_words_are_not_promised_but_a_field_that_is_called_like_them_is() -> None:
    kept = promised({"description": "words", "properties": {"description": {"type": "string", "examples": ["a"]}}})
    assert kept == {"properties": {"description": {"type": "string"}}}
