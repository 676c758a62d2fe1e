"""Rules as data: what the shipped ones are, and how a wrong file is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from automation.actions.effect import Known
from automation.messages import letters
from automation.rules.file import SHIPPED, RulesInvalid, load


def write(folder: Path, text: str) -> Path:
    path = folder / "rules.yaml"
    path.write_text(text)
    return path


def faults_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(RulesInvalid) as refused:
        load(write(folder, text), Known(frozenset({"welcome"})))
    return str(refused.value).splitlines()


RULE = """
  - id: {id}
    version: 1
    title: {{ru: П, en: R}}
    trigger: {trigger}
    when: "{when}"
    actions: [{action}]
"""
TASK = "{do: create_task, id: task, kind: call, title: {ru: З, en: C}}"
LETTER = "{do: send_email, id: letter, template: welcome}"


def rule(id: str = "one", trigger: str = "lead.captured.v1", when: str = "", action: str = TASK) -> str:
    return RULE.format(id=id, trigger=trigger, when=when, action=action)


def test_the_shipped_rules_fit_the_catalogue_of_events_and_the_shipped_templates() -> None:
    loaded = load(SHIPPED, Known(letters.Templates().names))
    assert {"contact-new-lead", "welcome-letter"} <= {rule.id for rule in loaded.rules}
    assert all(rule.enabled for rule in loaded.rules)


def test_every_fault_is_said_at_once_with_its_place(tmp_path: Path) -> None:
    text = "rules:" + "".join(
        (
            rule("no-such-event", trigger="lead.capturd.v1"),
            rule("no-such-field", when="event.touch.chanel == 'x'"),
            rule("wrong-type", when="event.touch.is_test == 'maybe'"),
            rule("not-in-list", trigger="lead.qualified.v1", when="event.temperature in ['hot', 'boiling']"),
            rule("sealed", when="event.touch.text == 'x'"),
            rule("half-said", when="event.touch.channel =="),
            rule("no-template", action="{do: send_email, id: letter, template: welcom}"),
            rule("nobody-to-write-to", trigger="task.assigned.v1", action=LETTER),
            rule("no-such-link", trigger="quote.sent.v1", action=LETTER[:-1] + ", link: address}"),
            rule("open-link", trigger="quote.sent.v1", action=LETTER[:-1] + ", link: channel}"),
            rule("not-a-time", action=TASK[:-1] + ", due: {field: touch.channel}}"),
            rule("nobody-responsible", trigger="customer.registered.v1", action=TASK[:-1] + ", assignee: responsible}"),
            rule("misspelt", action=TASK[:-1] + ", asignee: anna}"),
            rule("for-ever", trigger="rule.suppressed.v1"),
            rule("twice"),
            rule("twice"),
            rule("same-action", action=f"{TASK}, {TASK}"),
            rule("idle", action=""),
        )
    )
    faults = faults_of(tmp_path, text)
    expected = [
        ("rules[0] (no-such-event).trigger", "is lead.captured.v1 meant?"),
        ("rules[1] (no-such-field).when", "character 1: touch has no field chanel; it has: touch_id, channel"),
        ("rules[2] (wrong-type).when", "touch.is_test can never be 'maybe'"),
        ("rules[3] (not-in-list).when", "temperature can never be 'boiling'"),
        ("rules[4] (sealed).when", "sealed"),
        ("rules[5] (half-said).when", "line 1, character 23: mismatched input"),
        ("rules[6] (no-template).actions[0].template", "no template is named welcom; there are: welcome"),
        ("rules[7] (nobody-to-write-to).actions[0]", "has no customer_id"),
        ("rules[8] (no-such-link).actions[0].link", "has no field address"),
        ("rules[9] (open-link).actions[0].link", "channel is not sealed"),
        ("rules[10] (not-a-time).actions[0].due.field", "is not a time"),
        ("rules[11] (nobody-responsible).actions[0].assignee", "has no lead_id"),
        ("rules[12] (misspelt).actions[0].asignee", "not permitted"),
        ("rules[13] (for-ever).trigger", "for ever"),
        ("rules[16] (same-action).actions", "two actions have the id task"),
        ("rules[17] (idle).actions", "needs at least one"),
        ("two rules have the id twice", ""),
    ]
    assert len(faults) == len(expected)
    for fault, (place, words) in zip(faults, expected, strict=True):
        assert place in fault
        assert words in fault


@pytest.mark.parametrize("text", ["", "- a", "rules: 1", "rules: []\nmore: 1", "rules: [", "rules: [1]"])
def test_what_is_not_a_list_of_rules_is_refused(tmp_path: Path, text: str) -> None:
    assert faults_of(tmp_path, text)


def test_a_yaml_tag_cannot_make_objects(tmp_path: Path) -> None:
    assert "cannot be read" in faults_of(tmp_path, "rules: !!python/object/apply:os.getcwd []")[0]


def test_a_disabled_rule_is_listed_and_fires_on_nothing(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, "rules:" + rule() + "    enabled: false\n"), Known(frozenset()))
    assert [rule.id for rule in loaded.rules] == ["one"]
    assert loaded.on("lead.captured.v1") == []
    assert loaded.triggers == frozenset()
