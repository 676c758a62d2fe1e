"""Open tasks spread more evenly."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from automation.managers.balancing import Movable, balanced
from automation.managers.choosing import choose
from automation.managers.picking import Manager
from automation.rules.rule import Rules
from automation.tasks.following import follow
from automation_service import serving
from automation_world import Story, world
from events.contracts.leads import ManagerSetUp
from events.store import deterministic_id
from hypothesis import given
from hypothesis import strategies as st


def tasks(manager: str, number: int, direction: str | None = None) -> list[Movable]:
    return [Movable(deterministic_id("task", manager, n), 1, manager, direction) for n in range(number)]


def people(**loads: int) -> dict[str, Manager]:
    return {name: Manager(name, open_tasks=number) for name, number in loads.items()}


def moved(found: Any) -> list[tuple[str, str, str]]:
    return [(move.task.assignee, move.to, move.why) for move in found]


def test_the_most_loaded_gives_to_the_least_loaded_until_they_are_equal() -> None:
    found = balanced(tasks("anna", 5), people(anna=5, boris=1, vera=3), 100)
    assert moved(found) == [("anna", "boris", "overloaded")] * 2
    assert [(move.has, move.other_has) for move in found] == [(5, 1), (4, 2)]


def test_who_is_away_gives_everything_and_gets_nothing() -> None:
    away = people(anna=2, boris=0, vera=4) | {"anna": Manager("anna", open_tasks=2, is_away=True)}
    assert moved(balanced(tasks("anna", 2) + tasks("vera", 4), away, 2)) == [("anna", "boris", "away")] * 2
    assert all(to != "anna" for _, to, _ in moved(balanced(tasks("anna", 2) + tasks("vera", 4), away, 100)))


def test_a_task_stays_where_nobody_else_works_in_its_line_of_business() -> None:
    firm = people(anna=9) | {"boris": Manager("boris", frozenset({"wholesale"}))}
    assert balanced(tasks("anna", 9, "retail"), firm, 100) == []
    assert len(balanced(tasks("anna", 9, "wholesale"), firm, 100)) == 4


def test_weights_say_how_much_somebody_can_do() -> None:
    firm = {"anna": Manager("anna", open_tasks=6), "boris": Manager("boris", weight=2)}
    assert len(balanced(tasks("anna", 6), firm, 100)) == 4


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(0, 12), min_size=1))
def test_it_ends_with_loads_at_most_one_apart_and_moves_no_task_twice(loads: dict[str, int]) -> None:
    found = balanced([task for name, number in loads.items() for task in tasks(name, number)], people(**loads), 1_000)
    after = dict(loads)
    for move in found:
        after[move.task.assignee] -= 1
        after[move.to] += 1
    assert max(after.values()) - min(after.values()) <= 1
    assert len({move.task.task_id for move in found}) == len(found)


@pytest.mark.parametrize("apply", [False, True])
async def test_a_head_has_tasks_proposed_or_moved_and_no_manager_may(new_database: Any, apply: bool) -> None:
    """Given four tasks of anna, when a head balances them with boris, then two are to go, or go, and it is told why."""
    dsn, story = await new_database("automation"), Story()
    people_ = {"head": "head", "anna": "manager"}
    async with serving(dsn, people_) as service, world(dsn, Rules(()), others=(follow, choose)) as automation:
        for name in ("anna", "boris"):
            event = ManagerSetUp(manager_id=name, name=name, active=True)
            await automation.deliver(story.log.append(deterministic_id("manager", name), event))
        for n in range(4):
            body = {"kind": "call", "due_at": f"2026-03-0{n + 1}T12:00:00Z", "assignee": "anna"}
            await service.call("POST", "/tasks", body, 201)
        await automation.settle()

        told = await service.call("POST", "/tasks/balance", {"apply": apply})
        await automation.settle()

        assert [(one["assignee"], one["to"], one["why"]) for one in told["moves"]] == [
            ("anna", "boris", "overloaded")
        ] * 2
        assert {one["outcome"] for one in told["moves"]} == {"moved" if apply else "proposed"}
        assert [(one["assignee"], one["before"], one["after"]) for one in told["loads"]] == [
            ("anna", 4, 2),
            ("boris", 0, 2),
        ]
        found = {task["task_id"]: task["assignee"] for task in await automation.tasks()}
        moved_ = {UUID(one["task_id"]) for one in told["moves"]}
        assert {task for task, assignee in found.items() if assignee == "boris"} == (moved_ if apply else set())
        await service.call("POST", "/tasks/balance", {}, 403, "anna")
