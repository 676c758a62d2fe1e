"""Deterministic ids: version 5 of RFC 9562, as the standard library makes them."""

from uuid import NAMESPACE_URL, UUID, uuid5

from events.store import ROOT, deterministic_id
from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_an_id_is_the_standard_librarys(parts: list[str]) -> None:
    made = deterministic_id(*parts)
    assert made == uuid5(ROOT, "\x1f".join(parts))
    assert isinstance(made, UUID)
    assert (made.version, str(made), hash(made)) == (5, str(UUID(made.hex)), hash(UUID(made.hex)))


def test_the_root_never_changes() -> None:
    assert uuid5(NAMESPACE_URL, "https://voronka.dev/ids") == ROOT


def test_parts_do_not_run_into_each_other() -> None:
    assert deterministic_id("a", "bc") != deterministic_id("ab", "c")
