"""No route can be forgotten: whatever names an object is asked for a foreign one, or it is said why not."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.security.matrix import API, COMMON, DIVIDED


def paths(service: str) -> set[str]:
    described: dict[str, Any] = orjson.loads((API / f"{service}.openapi.json").read_bytes())
    return {path for path in described["paths"] if "{" in path}


@pytest.mark.parametrize("service", sorted(DIVIDED))
def test_every_route_that_names_an_object_is_in_the_matrix_or_it_is_said_why_not(service: str) -> None:
    asked = {path for path in paths(service) if any(f"{path}/".startswith(f"{one}/") for one in DIVIDED[service])}
    common = {path for listed in COMMON[service].values() for path in listed}
    assert asked & common == set()
    assert paths(service) - asked - common == set(), "is there anything foreign about what these name?"
    assert common - paths(service) == set(), "there is no such route any more"


@pytest.mark.parametrize("service", sorted(DIVIDED))
def test_every_object_of_the_matrix_is_named_by_a_route(service: str) -> None:
    there = paths(service)
    assert {one for one in DIVIDED[service] if not any(f"{path}/".startswith(f"{one}/") for path in there)} == set()
