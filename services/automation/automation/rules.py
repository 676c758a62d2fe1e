"""Rules as data: a trigger, a condition, actions. Read from YAML and checked against the event catalogue at the start.

Everything that is wrong is said at once, each fault with its place; a rule that could never work keeps the service from
starting, instead of failing on the first event.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from events import contracts
from events.contracts.automation import TaskPriority
from events.event import REGISTRY, Event
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from automation.condition_check import check, is_sealed, type_at
from automation.domain import TaskKind

SHIPPED = Path(__file__).parent / "rules" / "default.yaml"
SOURCES = ("leads", "deals", "automation")
RESPONSIBLE = "responsible"

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Language = Literal["ru", "en"]


class RulesInvalid(ValueError):
    """The rules cannot be used; the message has one line for every fault, with its place."""


class Part(BaseModel):
    """A part of a rule: immutable, and a misspelt key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Title(Part):
    """A text for people, in both languages."""

    ru: str = Field(min_length=1, max_length=200)
    en: str = Field(min_length=1, max_length=200)

    def in_(self, language: Language) -> str:
        """The text in one language."""
        return self.ru if language == "ru" else self.en


class Due(Part):
    """When a task is due: so long after the trigger was recorded, or at the time that a field of it holds."""

    minutes: int = Field(0, ge=0, le=525_600)
    hours: int = Field(0, ge=0, le=8_760)
    field: str | None = None


class CreateTask(Part):
    """Makes a task for a manager. ``assignee``: ``responsible`` (follows the lead's manager) or a fixed login."""

    do: Literal["create_task"]
    id: Slug
    kind: TaskKind
    title: Title
    due: Due = Due()
    assignee: str | None = Field(None, min_length=1, max_length=100)
    priority: TaskPriority = "normal"


class SendEmail(Part):
    """Writes a letter to the customer from a template."""

    do: Literal["send_email"]
    id: Slug
    template: Slug
    link: str | None = Field(None, description="The trigger's field with a sealed address that the template tells.")


Action = Annotated[CreateTask | SendEmail, Field(discriminator="do")]


class Rule(Part):
    """When this happens and this condition holds, do that. A change of meaning is a new ``version``."""

    id: Slug
    version: int = Field(ge=1)
    enabled: bool = True
    title: Title
    trigger: str
    when: str = Field("", description="A condition in CEL over the event; none holds always.")
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class Rules:
    """The rules in force, in the order of the file."""

    rules: tuple[Rule, ...]

    def on(self, type_: str) -> list[Rule]:
        """The enabled rules that an event of this type fires."""
        return [rule for rule in self.rules if rule.enabled and rule.trigger == type_]

    @property
    def triggers(self) -> frozenset[str]:
        """The types of events that fire an enabled rule."""
        return frozenset(rule.trigger for rule in self.rules if rule.enabled)


def load(path: Path, templates: Collection[str]) -> Rules:
    """The rules of a file; ``templates`` are the names of letters there are. Raises :class:`RulesInvalid`."""
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
        try:
            rule = Rule.model_validate(item)
        except ValidationError as error:
            faults += [f"{place}{_path(fault['loc'])}: {_message(fault)}" for fault in error.errors()]
            continue
        rules.append(rule)
        faults += [f"{place}{fault}" for fault in _faults(rule, templates)]
    doubled = [name for name, count in Counter(rule.id for rule in rules).items() if count > 1]
    faults += [f"{path.name}: two rules have the id {name}" for name in doubled]
    if faults:
        raise RulesInvalid("\n".join(faults))
    return Rules(tuple(rules))


def _path(location: tuple[int | str, ...]) -> str:
    steps = (step for step in location if step not in ("create_task", "send_email"))
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def _message(fault: Any) -> str:
    return str(fault["msg"]).removeprefix("Value error, ")


def _faults(rule: Rule, templates: Collection[str]) -> Iterator[str]:
    event = REGISTRY.get(rule.trigger)
    if event is None or event.owner() not in SOURCES:
        near = difflib.get_close_matches(rule.trigger, REGISTRY, n=1)
        yield f".trigger: no event is named {rule.trigger}" + (f"; is {near[0]} meant?" if near else "")
        return
    if event is contracts.automation.RuleSuppressed:
        yield ".trigger: a rule cannot be fired by the suppression of a rule: it would fire for ever"
    if not rule.actions:
        yield ".actions: a rule needs at least one"
    if rule.when:
        yield from (f".when: {fault}" for fault in check(rule.when, event))
    for number, action in enumerate(rule.actions):
        yield from (f".actions[{number}]{fault}" for fault in _action_faults(action, event, templates))
    doubled = [name for name, count in Counter(action.id for action in rule.actions).items() if count > 1]
    yield from (f".actions: two actions have the id {name}" for name in doubled)


def _action_faults(action: CreateTask | SendEmail, event: type[Event], templates: Collection[str]) -> Iterator[str]:
    match action:
        case SendEmail(template=template, link=link):
            if template not in templates:
                yield f".template: no template is named {template}; there are: {', '.join(sorted(templates)) or 'none'}"
            if "customer_id" not in event.model_fields:
                yield f": {event.type} has no customer_id, so there is nobody to write to"
            if link is not None:
                yield from _link_faults(link, event)
        case CreateTask(due=due, assignee=assignee):
            if assignee == RESPONSIBLE and "lead_id" not in event.model_fields:
                yield f".assignee: {event.type} has no lead_id, so nobody is responsible"
            if due.field is not None:
                yield from _due_faults(due.field, event)


def _link_faults(field: str, event: type[Event]) -> Iterator[str]:
    try:
        kind = type_at(event, field)
    except LookupError as error:
        yield f".link: {error}"
        return
    if not is_sealed(kind):
        yield f".link: {field} is not sealed, and an address that is for one person must be"


def _due_faults(field: str, event: type[Event]) -> Iterator[str]:
    try:
        kind = type_at(event, field)
    except LookupError as error:
        yield f".due.field: {error}"
        return
    if kind not in (datetime, datetime | None):
        yield f".due.field: {field} is not a time"
