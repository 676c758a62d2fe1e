"""What conditions ask of an event: only that is handed over to them, for handing over costs most."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from automation.rules.condition_check import is_variable, steps_of
from automation.rules.conditions import plain
from automation.rules.tokens import tokens_of

Tree = dict[str, "Tree"]
"""Fields by name; an empty one is asked whole."""


def asked(conditions: Iterable[str]) -> Tree | None:
    """The fields of ``event`` that sound conditions ask; None where one asks for the event as a whole."""
    tree: Tree = {}
    for condition in conditions:
        tokens = tokens_of(condition)
        for n in range(len(tokens)):
            if is_variable(tokens, n, "event"):
                steps, _ = steps_of(tokens, n)
                if not steps:
                    return None
                _plant(tree, steps)
    return tree


def _plant(tree: Tree, steps: list[str]) -> None:
    """Adds a path; what is asked whole stays so."""
    for step in steps[:-1]:
        if step in tree and not tree[step]:
            return
        tree = tree.setdefault(step, {})
    tree[steps[-1]] = {}


def handed(event: BaseModel, tree: Tree | None) -> Any:
    """An event as CEL has it, with nothing that was not asked."""
    return plain(event) if tree is None else _pruned(event, tree) if tree else {}


def _pruned(value: Any, tree: Tree) -> Any:
    if not tree or not isinstance(value, BaseModel):
        return plain(value)
    fields = type(value).model_fields
    return {name: _pruned(getattr(value, name), inner) for name, inner in tree.items() if name in fields}
