"""Pages made from code are up to date. If not: `python -m events.reference docs`."""

from pathlib import Path

import pytest
from events.reference import pages

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("name", list(pages()))
def test_a_made_page_is_what_the_code_says(name: str) -> None:
    assert (DOCS / name).read_text() == pages()[name]
