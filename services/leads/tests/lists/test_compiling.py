"""Criteria as SQL select exactly whom plain Python selects; and what cannot be asked is refused with its place."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from leads.lists.catalogue import COMPARISONS, FIELDS
from leads.lists.compiling import ByHand, Surroundings, compiled
from leads.lists.criteria import DEEPEST, MOST_NODES, Criteria, Tree
from leads.lists.reading import Selecting
from pydantic import TypeAdapter, ValidationError

from .expected import cards, fulfils
from .population import CODES, HAND, NOW, Person, ago, currencies, days, names, people, store

TREE: TypeAdapter[Criteria] = TypeAdapter(Tree)
OTHER, NESTED = UUID(int=0xBBBB), UUID(int=0xCCCC)
MOMENTS = days.map(lambda n: ago(n).isoformat())
DATES = days.map(lambda n: ago(n).date().isoformat())
NUMBERS = st.integers(-3, 4) | st.sampled_from([0.5, 1.5])


def _condition(fields: list[str], op: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda field, value: {"field": field, "op": op, "value": value}, st.sampled_from(fields), values)


TEXT = [
    "tag", "direction", "segment", "manager", "first_channel", "any_campaign", "any_channel", "deal_stage",
    "lead_status", "lead_temperature", "custom:colour", "custom:likes",
]  # fmt: skip
TIMES = ["registered_at", "last_touch_at", "last_purchase_at", "custom:due"]
FIGURES, SUMS = ["touches", "purchases", "custom:size"], ["purchases_total", "custom:price"]
WORDS = names | st.sampled_from(["new", "hot"])
CONTACT = st.fixed_dictionaries(
    {}, optional={"kind": st.sampled_from(["call", "email"]), "result": names, "within_days": st.integers(1, 40)}
)
REQUEST = st.fixed_dictionaries(
    {}, optional={"channel": names, "campaign": names, "direction": names, "within_days": st.integers(1, 40)}
)
CONSENT = st.fixed_dictionaries(
    {"purpose": st.sampled_from(["ads", "other"])}, optional={"channel": names, "as_of": MOMENTS}
)
AMOUNT = st.builds(
    lambda amount, currency: {"amount": amount, "currency": currency}, st.sampled_from(["0.5", "2"]), currencies
)
PLAIN = st.one_of(
    *(_condition(SUMS, op, AMOUNT) for op in ("eq", "lt", "lte", "gt", "gte")),
    _condition(["request"], "had", REQUEST),
    *(_condition(["consent"], op, CONSENT) for op in ("given", "withdrawn")),
    _condition(TEXT, "eq", WORDS),
    _condition(TEXT, "in", st.lists(WORDS, min_size=1, max_size=3)),
    *(_condition(FIGURES, op, NUMBERS) for op in ("eq", "lt", "lte", "gt", "gte")),
    *(_condition(TIMES, op, MOMENTS) for op in ("before", "after")),
    _condition(TIMES, "within_days", st.integers(1, 40)),
    *(_condition(["custom:met"], op, DATES) for op in ("eq", "before", "after")),
    _condition(["blacklisted", "custom:agreed", "open_deal", "bought"], "eq", st.booleans()),
    _condition([*TEXT, *TIMES, *FIGURES, *SUMS, "custom:met", "blacklisted"], "exists", st.booleans()),
    _condition(["interaction"], "had", CONTACT),
)


def _trees(conditions: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    def grown(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
        parts = st.lists(inner, min_size=1, max_size=3)
        return st.one_of(
            parts.map(lambda all_: {"all": all_}),
            parts.map(lambda any_: {"any": any_}),
            inner.map(lambda part: {"not": part}),
        )

    return st.recursive(conditions, grown, max_leaves=5)


def _lists(*ids: UUID) -> st.SearchStrategy[dict[str, Any]]:
    return _condition(["list"], "in", st.sampled_from([str(one) for one in ids]))


OTHERS = _trees(PLAIN | _lists(HAND))
NESTEDS = _trees(PLAIN | _lists(HAND, OTHER))
ASKED = _trees(PLAIN | _lists(HAND, OTHER, NESTED))
DIRECTIONS = st.none() | st.lists(names, max_size=2)


def test_sql_selects_whom_plain_python_selects(new_database: Any) -> None:
    async def selected(
        connection: asyncpg.Connection, population: list[Person], asked: Any, others: Any, seen: Any, everyone: bool
    ) -> set[UUID]:
        known = {id_: TREE.validate_python(other) for id_, other in others.items()}
        around = Surroundings(NOW, CODES, {HAND: ByHand(HAND), **known})  # type: ignore[arg-type]
        transaction = connection.transaction()
        await transaction.start()
        try:
            await store(connection, population)  # type: ignore[arg-type]
            which = compiled(TREE.validate_python(asked), around, seen, everyone)
            found = await Selecting(connection).ids(which, 100)  # type: ignore[arg-type]
            assert len(set(found)) == await Selecting(connection).count(which)  # type: ignore[arg-type]
            count, first = await Selecting(connection).first(which, 3)  # type: ignore[arg-type]
            assert (count, first) == (len(found), await Selecting(connection).page(which, (None, None), 3))  # type: ignore[arg-type]
            return set(found)
        finally:
            await transaction.rollback()

    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(runner.run(new_database("leads"))))

        @given(people(), ASKED, OTHERS, NESTEDS, DIRECTIONS, st.booleans())
        @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
        def agree(
            population: list[Person], asked: Any, other: Any, nested: Any, seen: list[str] | None, everyone: bool
        ) -> None:
            others = {OTHER: other, NESTED: nested}
            found = runner.run(selected(connection, population, asked, others, seen, everyone))
            with_blacklisted = everyone or TREE.validate_python(asked).names("blacklisted")
            assert found == {
                card.root.id
                for card in cards(population)
                if fulfils(card, asked, others)
                and card.is_seen(seen)
                and (with_blacklisted or not card.is_blacklisted())
            }

        try:
            agree()
        finally:
            runner.run(connection.close())


async def test_lists_that_lead_back_to_themselves_end(pool: asyncpg.Pool) -> None:
    def naming(id_: UUID) -> Criteria:
        return TREE.validate_python({"not": {"field": "list", "op": "in", "value": str(id_)}})

    around = Surroundings(NOW, {}, {OTHER: naming(NESTED), NESTED: naming(OTHER)})
    assert await Selecting(pool).count(compiled(naming(OTHER), around, None)) == 0


async def test_every_field_of_the_catalogue_is_a_statement_that_runs(pool: asyncpg.Pool) -> None:
    values = {
        "eq": "a", "in": ["a"], "lt": 1, "lte": 1, "gt": 1, "gte": 1, "before": "2026-03-01T00:00:00Z",
        "after": "2026-03-01T00:00:00Z", "within_days": 3, "exists": True, "had": {"since": "2026-03-01T00:00:00Z"},
    }  # fmt: skip
    for field, asked in FIELDS.items():
        for op in COMPARISONS[asked.kind]:
            of_kind: dict[str, Any] = {"number": 1, "flag": True, "list": str(HAND), "consent": {"purpose": "ads"}}
            of_kind["money"] = {"amount": "1", "currency": "RUB"}
            value = of_kind.get(asked.kind) or values[op]
            tree = TREE.validate_python({"field": field, "op": op, "value": True if op == "exists" else value})
            which = compiled(tree, Surroundings(NOW, {}, {HAND: ByHand(HAND)}), ["a"])
            assert await Selecting(pool).count(which) == 0, (field, op)


@pytest.mark.parametrize(
    ("criteria", "place"),
    [
        ({"field": "name", "op": "eq", "value": "Anna"}, ("field",)),
        ({"all": [{"field": "tag", "op": "lt", "value": "a"}]}, ("all", 0, "op")),
        ({"any": [{"field": "touches", "op": "gt", "value": "many"}]}, ("any", 0, "value")),
        ({"not": {"field": "tag", "op": "in", "value": []}}, ("not", "value")),
        ({"field": "tag", "op": "eq", "value": "\x00"}, ("value",)),
        ({"field": "registered_at", "op": "after", "value": "0001-01-01T00:00:00+03:00"}, ("value",)),
        ({"field": "interaction", "op": "had", "value": {"kind": "fax"}}, ("value",)),
        ({"field": "tag", "op": "eq"}, ()),
        ({"all": [{"field": "tag", "op": "eq", "value": "a"}], "field": "tag"}, ()),
        ({}, ()),
        ({"all": []}, ("all",)),
        ({"al": []}, ("al",)),
    ],
)
def test_a_fault_is_told_with_its_place(criteria: dict[str, Any], place: tuple[object, ...]) -> None:
    with pytest.raises(ValidationError) as refused:
        TREE.validate_python(criteria)
    assert place in [error["loc"] for error in refused.value.errors()]


def test_trees_that_are_too_large_are_refused_before_they_are_read() -> None:
    tag = {"field": "tag", "op": "eq", "value": "a"}
    deep: dict[str, Any] = tag
    for _ in range(DEEPEST):
        deep = {"not": deep}
    for large in (deep, {"all": [{"any": [tag] * 100}] * 3}, {"all": [tag] * (MOST_NODES + 1)}):
        with pytest.raises(ValidationError):
            TREE.validate_python(large)


@given(ASKED)
def test_criteria_are_stored_in_one_form(asked: dict[str, Any]) -> None:
    read = TREE.validate_python(asked)
    assert TREE.validate_python(read.told()) == read
    assert read.told() == asked
