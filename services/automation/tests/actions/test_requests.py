"""What rules ask of others: an event each, once, with its cause; and what is wrong with a rule that could never ask."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from automation.actions.effect import Known
from automation.rules.file import RulesInvalid, load
from automation.rules.rule import Rules
from automation_world import Story, world
from events.contracts.automation import Cause
from events.contracts.deals import DealTagged, DealWon, Money, PaymentReceived
from events.event import Event
from events.store import deterministic_id
from events.testing import Log

DEAL, CUSTOMER = UUID(int=7), UUID(int=8)
KNOWN = Known(frozenset({"welcome"}))
RULE = """
rules:
  - id: won
    version: 1
    title: {ru: В, en: W}
    trigger: deal.won.v1
    compute: {COMPUTE}
    actions:
"""
ACTIONS = {
    "{do: change_stage, id: a, to_stage: care}": (
        "deal.stage-change-requested.v1",
        {"deal_id": str(DEAL), "to_stage": "care"},
    ),
    "{do: close_deal, id: a, outcome: lost, reason: price, comment: {ru: Дорого, en: Too dear}}": (
        "deal.closing-requested.v1",
        {"deal_id": str(DEAL), "outcome": "lost", "reason": "price", "comment": "Too dear"},
    ),
    "{do: edit_tags, id: a, add: [VIP], remove: [new]}": (
        "customer.tags-requested.v1",
        {"customer_id": str(CUSTOMER), "add": ["vip"], "remove": ["new"]},
    ),
    "{do: edit_tags, id: a, of: deal, add: [vip]}": (
        "deal.tags-requested.v1",
        {"deal_id": str(DEAL), "add": ["vip"], "remove": []},
    ),
    "{do: change_responsible, id: a, manager: boris}": (
        "deal.reassignment-requested.v1",
        {"deal_id": str(DEAL), "manager_id": "boris"},
    ),
    "{do: change_responsible, id: a, of: customer, manager: boris, with_leads: false}": (
        "customer.responsible-requested.v1",
        {"customer_id": str(CUSTOMER), "manager_id": "boris", "with_leads": False},
    ),
    "{do: change_field, id: a, field: tariff, value: gold}": (
        "customer.fields-requested.v1",
        {"customer_id": str(CUSTOMER), "fields": {"tariff": "gold"}},
    ),
    "{do: change_field, id: a, of: deal, field: sum, from_event: value.amount}": (
        "deal.fields-requested.v1",
        {"deal_id": str(DEAL), "fields": {"sum": "12.50"}},
    ),
    "{do: open_deal, id: a, deal_type: repeat_sale, amount: '100', currency: RUB}": (
        "deal.opening-requested.v1",
        {
            "customer_id": str(CUSTOMER), "pipeline": "default", "deal_type": "repeat_sale", "amount": "100",
            "currency": "RUB", "previous_deal_id": str(DEAL),
        },
    ),
    "{do: change_field, id: a, of: deal, field: wins, add: 2}": (
        "deal.fields-requested.v1",
        {"deal_id": str(DEAL), "fields": {}, "add": {"wins": 2.0}},
    ),
    "{do: change_field, id: a, field: spent, add: value.amount}": (
        "customer.fields-requested.v1",
        {"customer_id": str(CUSTOMER), "fields": {}, "add": {"spent": 12.5}},
    ),
    "{do: change_field, id: a, field: fee, from_event: computed.fee}": (
        "customer.fields-requested.v1",
        {"customer_id": str(CUSTOMER), "fields": {"fee": 3.75}},
    ),
    "{do: change_products, id: a, add: [{product: CARE, discount_percent: 10}], remove: [TRIAL], price_list: p}": (
        "deal.lines-requested.v1",
        {
            "deal_id": str(DEAL), "remove": ["TRIAL"], "price_list": "p",
            "add": [{"product": "CARE", "quantity": "1", "discount_percent": "10"}],
        },
    ),
    "{do: issue_invoice, id: a, due_in_days: 5, kind: prepayment, percent: 30}": (
        "invoice.issue-requested.v1",
        {"deal_id": str(DEAL), "due_in_days": 5, "kind": "prepayment", "percent": "30", "series": "default"},
    ),
    "{do: issue_invoice, id: a, due_in_days: 0, amount: computed.fee, title: {ru: У, en: Care}, tax_rate: 20}": (
        "invoice.issue-requested.v1",
        {
            "deal_id": str(DEAL), "due_in_days": 0, "kind": "full", "amount": "3.75", "title": "Care", "tax_rate": "20",
            "series": "default",
        },
    ),
    "{do: add_note, id: a, text: {ru: Д, en: 'Fee {{ values.fee }} of {{ values.sum }}, {{ values.version }}'},"
    " values: {fee: computed.fee, sum: value.amount, version: pipeline_version}}": (
        "deal.note-requested.v1",
        {"deal_id": str(DEAL), "text": "Fee 3.75 of 12.50, -"},
    ),
    "{do: make_document, id: a, kind: act}": (
        "document.making-requested.v1",
        {"deal_id": str(DEAL), "kind": "act", "language": "en"},
    ),
    "{do: call_webhook, id: a, endpoint: erp, content: {sum: value.amount, stage: stage}}": (
        "webhook_call.requested.v1",
        {
            "endpoint": "erp", "content": {"sum": "12.50", "stage": "won"}, "customer_id": str(CUSTOMER),
            "deal_id": str(DEAL),
        },
    ),
    "{do: complete_task, id: a, of: deal, kinds: [call], rules: [chase]}": (
        "task.completion-requested.v1",
        {"deal_id": str(DEAL), "kinds": ["call"], "rules": ["chase"], "result": "not_needed"},
    ),
    "{do: notify_staff, id: a, text: {ru: Ура, en: Hurray}, to: [head], responsible: true, urgent: true}": (
        "staff_notification.requested.v1",
        {
            "text": "Hurray", "recipients": ["head"], "responsible": True, "by_email": True, "urgent": True,
            "customer_id": str(CUSTOMER), "deal_id": str(DEAL),
        },
    ),
}  # fmt: skip


def rules(folder: Path, *actions: str, trigger: str = "deal.won.v1") -> Rules:
    path = folder / "rules.yaml"
    compute = '{fee: "event.value.amount * 0.3"}' if trigger == "deal.won.v1" else "{}"
    rule = RULE.replace("deal.won.v1", trigger).replace("{COMPUTE}", compute)
    path.write_text(rule + "".join(f"      - {action}\n" for action in actions))
    return load(path, KNOWN)


def won() -> Event:
    return DealWon(
        deal_id=DEAL, customer_id=CUSTOMER, from_stage="offer", stage="won", value=Money(amount="12.50", currency="RUB")
    )


async def test_each_action_asks_once_with_its_cause_however_often_its_trigger_comes(new_database, tmp_path) -> None:
    numbered = [action.replace("id: a", f"id: a{n}") for n, action in enumerate(ACTIONS)]
    async with world(await new_database("automation"), rules(tmp_path, *numbered)) as automation:
        records = Log().append(DEAL, won())
        event_id = records[0].recorded().id

        await automation.deliver(records)
        await automation.pool.execute("UPDATE watermarks SET position = 0")
        await automation.deliver(records)

        for n, (type_, expected) in enumerate(ACTIONS.values()):
            stream = deterministic_id(event_id, "won", 1, f"a{n}")
            rows = await automation.pool.fetch("SELECT type, data FROM events WHERE stream_id = $1", stream)
            (said,) = [(row["type"], orjson.loads(row["data"])) for row in rows]
            cause = said[1].pop("cause")
            own = said[1].pop("request_id", None) or said[1].pop("notification_id")
            assert (said, own) == ((type_, expected), str(stream))
            assert (cause["rule"], cause["action"], cause["depth"]) == ("won", f"a{n}", 1)


async def test_contacts_are_planned_and_managers_chosen_by_request(new_database, tmp_path) -> None:
    """Given a won deal, when rules plan a visit in a day and want one of the best for the customer, both are asked."""
    asks = rules(
        tmp_path,
        "{do: plan_contact, id: visit, kind: visit, with_manager: anna, due: {hours: 24}}",
        "{do: change_responsible, id: best, of: customer, choose: {by: best, top: 1}}",
    )
    async with world(await new_database("automation"), asks) as automation:
        records = Log().append(DEAL, won())
        await automation.deliver(records)
        planning, choice = [
            orjson.loads(row["data"])
            for type_ in ("interaction.planning-requested.v1", "manager.choice-requested.v1")
            for row in await automation.appended(type_)
        ]
    at = records[0].recorded().recorded_at + timedelta(hours=24)
    assert (planning["kind"], planning["manager_id"], planning["customer_id"]) == ("visit", "anna", str(CUSTOMER))
    assert datetime.fromisoformat(planning["planned_at"]) == at
    assert (choice["choice"]["by"], choice["choice"]["top"], choice["customer_id"]) == ("best", 1, str(CUSTOMER))


async def test_leads_are_judged_and_given_away_and_noted_by_request(new_database, tmp_path) -> None:
    """Given a lead that somebody touched again, when rules act on it, then leads is asked for each thing."""
    actions = [
        "{do: judge_lead, id: a, judgement: qualified, temperature: hot, category: big}",
        "{do: judge_lead, id: b, judgement: disqualified, reason: spam}",
        "{do: change_responsible, id: c, of: lead, manager: boris}",
        "{do: change_responsible, id: d, of: lead, choose: {by: least_busy}}",
        "{do: change_field, id: e, of: lead, field: calls, add: 1}",
        "{do: add_note, id: f, of: lead, text: {ru: Снова, en: Again}}",
        "{do: blacklist, id: g, reason: {ru: Реклама, en: Advertising}}",
        "{do: add_note, id: h, of: customer, text: {ru: Снова, en: Of the customer}}",
    ]
    story = Story()
    story.captured("ivan")
    async with world(await new_database("automation"), rules(tmp_path, *actions, trigger="lead.touched.v1")) as made:
        await made.deliver(story.records)
        await made.deliver(story.touched("ivan", 1))
        found = {}
        for type_ in ASKED_OF_LEADS:
            for row in await made.appended(type_):
                told = orjson.loads(row["data"])
                found[told["cause"]["action"]] = (type_, told)
    lead, customer = str(story.lead("ivan")), str(story.customer("ivan"))
    assert {action: type_ for action, (type_, _) in found.items()} == dict(zip("abcdefgh", ASKED_OF, strict=True))
    assert {told.get("lead_id", lead) for _, told in found.values()} == {lead}
    assert (found["h"][1]["text"], found["h"][1].get("lead_id")) == ("Of the customer", None)
    assert (found["g"][1]["customer_id"], found["g"][1]["reason"]) == (customer, "Advertising")
    assert (found["a"][1]["temperature"], found["a"][1]["category"], found["b"][1]["reason"]) == ("hot", "big", "spam")
    assert (found["c"][1]["manager_id"], found["d"][1]["choice"]["by"]) == ("boris", "least_busy")
    assert found["e"][1]["add"] == {"calls": 1.0}
    assert (found["f"][1]["customer_id"], found["f"][1]["text"]) == (customer, "Again")


ASKED_OF = (
    "lead.judgement-requested.v1",
    "lead.judgement-requested.v1",
    "lead.assignment-requested.v1",
    "manager.choice-requested.v1",
    "lead.fields-requested.v1",
    "customer.note-requested.v1",
    "customer.blacklisting-requested.v1",
    "customer.note-requested.v1",
)
ASKED_OF_LEADS = tuple(dict.fromkeys(ASKED_OF))


async def test_what_others_did_at_a_rules_request_is_one_deeper_and_a_loop_through_them_ends(
    new_database, tmp_path
) -> None:
    loop = rules(tmp_path, "{do: edit_tags, id: a, of: deal, add: [x]}", trigger="deal.tagged.v1")
    async with world(await new_database("automation"), loop) as automation:
        log, depths = Log(), []
        event = DealTagged(deal_id=DEAL, customer_id=CUSTOMER, tags=("first",))
        for n in range(5):
            await automation.deliver(log.append(DEAL, event))
            asked = await automation.appended("deal.tags-requested.v1")
            if len(asked) == n:
                break
            newest = max((orjson.loads(row["data"]) for row in asked), key=lambda one: one["cause"]["depth"])
            depths.append(newest["cause"]["depth"])
            cause = Cause.model_validate(newest["cause"])
            event = DealTagged(deal_id=DEAL, customer_id=CUSTOMER, tags=(f"x{n}",), cause=cause)
        assert depths == [1, 2, 3]
        (suppressed,) = [orjson.loads(row["data"]) for row in await automation.appended("rule.suppressed.v1")]
        assert suppressed["reason"].startswith("loop")


@pytest.mark.parametrize(
    ("trigger", "action", "fault"),
    [
        ("lead.captured.v1", "{do: change_stage, id: a, to_stage: x}", "lead.captured.v1 has no deal_id"),
        ("product.archived.v1", "{do: edit_tags, id: a, add: [x]}", "product.archived.v1 has no customer_id"),
        ("deal.won.v1", "{do: edit_tags, id: a}", "name tags in add or remove"),
        ("deal.won.v1", "{do: edit_tags, id: a, add: [x], remove: [X]}", r"\.remove: x is put on too"),
        ("deal.won.v1", "{do: edit_tags, id: a, add: ['x,y']}", "a tag has no comma"),
        ("deal.won.v1", "{do: change_field, id: a, field: f, value: 1, from_event: stage}", "not both"),
        ("deal.won.v1", "{do: change_field, id: a, field: f, from_event: nothing}", "has no field nothing"),
        ("deal.lost.v1", "{do: change_field, id: a, field: f, from_event: comment}", "comment is sealed"),
        ("deal.lost.v1", "{do: call_webhook, id: a, endpoint: e, content: {c: comment}}", "content.c: comment is"),
        ("deal.won.v1", "{do: change_field, id: a, field: f, add: 1, value: 1}", "change the field or add to it"),
        ("deal.won.v1", "{do: change_field, id: a, field: f, add: computed.no}", "computes no no; it computes: fee"),
        ("deal.won.v1", "{do: change_field, id: a, of: lead, field: f}", "deal.won.v1 has no lead_id"),
        ("lead.touched.v1", "{do: judge_lead, id: a, judgement: qualified}", r"\.temperature: of a lead that is qual"),
        ("lead.touched.v1", "{do: judge_lead, id: a, judgement: disqualified}", r"\.reason: of a lead that is disqual"),
        ("lead.touched.v1", "{do: judge_lead, id: a, judgement: reopened, reason: x}", r"\.reason: of a lead"),
        ("deal.won.v1", "{do: judge_lead, id: a, judgement: reopened}", "deal.won.v1 has no lead_id"),
        ("product.archived.v1", "{do: blacklist, id: a, reason: {ru: а, en: b}}", "has no customer_id"),
        ("deal.won.v1", "{do: close_deal, id: a, outcome: lost, reason: x}", r"\.comment: a deal is lost with a comm"),
        ("deal.won.v1", "{do: close_deal, id: a, outcome: won, reason: x}", r"\.reason: of a deal that is lost"),
        ("lead.touched.v1", "{do: close_deal, id: a, outcome: won}", "lead.touched.v1 has no deal_id"),
        ("deal.won.v1", "{do: change_products, id: a}", "name products in add or remove"),
        ("deal.won.v1", "{do: change_products, id: a, add: [{product: X}]}", r"\.add\[0\]\.price: give a price"),
        ("deal.won.v1", "{do: issue_invoice, id: a, due_in_days: 1, kind: prepayment}", r"\.percent: of a prepayment"),
        ("deal.won.v1", "{do: issue_invoice, id: a, due_in_days: 1, amount: 5}", r"\.title: an amount needs a title"),
        ("deal.won.v1", "{do: issue_invoice, id: a, due_in_days: 1, amount: nope, title: {ru: а, en: b}}", "no field"),
        ("deal.won.v1", "{do: issue_invoice, id: a, due_in_days: 1, amount: -5, title: {ru: а, en: b}}", "more than"),
        ("deal.won.v1", "{do: add_note, id: a, text: {ru: '{{ values.x }}', en: b}}", r"\.text\.ru: the rule gives"),
        ("deal.won.v1", "{do: add_note, id: a, text: {ru: а, en: '{% if'}}", r"\.text\.en: "),
        ("deal.won.v1", "{do: add_note, id: a, text: {ru: 'a {{ customer.name }}', en: b}}", "gives no customer.name"),
        ("deal.lost.v1", "{do: add_note, id: a, text: {ru: а, en: b}, values: {c: comment}}", "comment is sealed"),
        ("lead.touched.v1", "{do: add_note, id: a, text: {ru: а, en: b}}", "lead.touched.v1 has no deal_id"),
        ("deal.won.v1", "{do: open_deal, id: a, amount: 5}", r"\.currency: an amount needs one"),
        ("deal.won.v1", "{do: make_document, id: a, kind: other}", "no form of the kind other"),
        ("deal.won.v1", "{do: notify_staff, id: a, text: {ru: а, en: b}}", "name logins, or responsible"),
        ("product.archived.v1", "{do: notify_staff, id: a, text: {ru: а, en: b}, responsible: true}", "names no"),
        ("product.archived.v1", "{do: plan_contact, id: a}", "product.archived.v1 has no customer_id"),
        ("deal.won.v1", "{do: plan_contact, id: a, due: {field: stage}}", r"\.due\.field: stage is not a time"),
        ("deal.won.v1", "{do: change_responsible, id: a}", "name a manager, or say how to choose one"),
        ("deal.won.v1", "{do: complete_task, id: a, of: lead}", "deal.won.v1 has no lead_id"),
    ],
)  # fmt: skip
def test_what_a_rule_could_never_ask_is_told_when_it_is_saved(
    tmp_path: Path, trigger: str, action: str, fault: str
) -> None:
    with pytest.raises(RulesInvalid, match=fault):
        rules(tmp_path, action, trigger=trigger)


async def test_an_action_about_nobody_is_withheld_and_it_is_said(new_database, tmp_path) -> None:
    asks = rules(tmp_path, "{do: edit_tags, id: a, add: [paid]}", trigger="payment.received.v1")
    payment: dict[str, Any] = {"payment_id": UUID(int=1), "provider": "p", "provider_payment_id": "1", "reference": "?"}
    async with world(await new_database("automation"), asks) as automation:
        event = PaymentReceived(**payment, received={"amount": "1", "currency": "RUB"})
        await automation.deliver(Log().append(UUID(int=1), event))
        (suppressed,) = [orjson.loads(row["data"]) for row in await automation.appended("rule.suppressed.v1")]
        assert suppressed["reason"] == "no_customer"
