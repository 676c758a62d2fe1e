"""What nobody sends in good faith is refused as what it is, and breaks nothing."""

from typing import Any

import pytest
from leads_system import Running

Run = Any
TAG = '{"field": "tag", "op": "eq", "value": "a"}'


async def _previewed(leads: Running, criteria: str) -> int:
    headers = {"content-type": "application/json"}
    answer = await leads.call("POST", "/lists/preview", content=f'{{"criteria": {criteria}}}', headers=headers)
    return int(answer.status_code)


@pytest.mark.parametrize(
    "criteria",
    [
        '{"not": ' * 5_000 + TAG + "}" * 5_000,
        '{"not": ' * 300 + TAG + "}" * 300,
        TAG.replace('"a"', '"\\ud800"'),
        TAG.replace('"a"', '"\\u0000"'),
        TAG.replace('"a"', "1e999"),
        '{"field": "touches", "op": "gt", "value": 1e400}',
        '{"field": "touches", "op": "gt", "value": ' + "9" * 5_000 + "}",
        '{"field": "registered_at", "op": "within_days", "value": 1000000000000}',
        '{"field": "list", "op": "in", "value": "\'; DROP TABLE lists; --"}',
        '{"field": "custom:\\ud800", "op": "exists", "value": true}',
        '{"all": {"not": 1}}',
        '{"all": [null]}',
        "[]",
    ],
    ids=range(13),
)
async def test_hostile_criteria_are_invalid(run: Run, criteria: str) -> None:
    async with run() as leads:
        assert await _previewed(leads, criteria) in (400, 422)


async def test_what_looks_like_sql_is_a_value(run: Run) -> None:
    async with run() as leads:
        for value in ("'; DROP TABLE lists; --", "{}", "{0}", "$1", "%s"):
            assert await _previewed(leads, TAG.replace('"a"', f'"{value}"')) == 200
        assert await leads.pool.fetchval("SELECT count(*) FROM lists") == 0
