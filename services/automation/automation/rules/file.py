"""Rules from a YAML file, checked against the event catalogue at the start.

Everything that is wrong is said at once, each fault with its place; a rule that could never work keeps the service from
starting, instead of failing on the first event.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import yaml

from automation.actions.effect import Known
from automation.rules.check import parse
from automation.rules.rule import Rule, Rules

SHIPPED = Path(__file__).parent / "shipped" / "default.yaml"


class RulesInvalid(ValueError):
    """The rules cannot be used; the message has one line for every fault, with its place."""


def load(path: Path, known: Known) -> Rules:
    """The rules of a file. Raises :class:`RulesInvalid`."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RulesInvalid(f"{path.name}: cannot be read: {error}") from None
    raw = content.get("rules") if isinstance(content, dict) else None
    if not isinstance(raw, list) or set(content) != {"rules"}:
        raise RulesInvalid(f"{path.name}: must hold one key, `rules`, with a list")
    rules: list[Rule] = []
    faults: list[str] = []
    for number, item in enumerate(raw):
        name = item.get("id") if isinstance(item, dict) else None
        place = f"{path.name}: rules[{number}]" + (f" ({name})" if isinstance(name, str) else "")
        rule, wrong = parse(item, known)
        rules += [rule] if rule else []
        faults += [f"{place}{fault}" for fault in wrong]
    doubled = [name for name, count in Counter(rule.id for rule in rules).items() if count > 1]
    faults += [f"{path.name}: two rules have the id {name}" for name in doubled]
    if faults:
        raise RulesInvalid("\n".join(faults))
    return Rules(tuple(rules))
