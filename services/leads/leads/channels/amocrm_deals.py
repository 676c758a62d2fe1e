"""Deals of amoCRM with their history, as they are fetched: `{"deal": …, "contact": …, "company": …, "events": […],
"currency": "RUB"}`.

`deal` is a lead of API v4 with `_embedded.loss_reason`, `events` those of the type `lead_status_changed` with
`value_before[0].lead_status` and `value_after[0].lead_status` (`id`, `pipeline_id`), `currency` that of the account. In
every pipeline 142 is the stage of won deals and 143 that of lost ones. amoCRM tells of no event for the first stage: it
is what the first event left. Where the events end before the present stage, it was entered when the deal was last
changed. Stages of another pipeline than the deal's present one are left out, unless both are one pipeline of ours.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from events.webhooks import Ignored, Source

from leads.channels.base import PastDeal
from leads.channels.codes import Codes, following
from leads.channels.values import identifier, listing, mapping, moment, text

WON: Final = "142"
LOST: Final = "143"
NO_REASON: Final = "0"
MOST: Final = 10**13
_OUTCOMES: Final = {WON: "won", LOST: "lost"}

Place = tuple[str, str]
"""Pipeline and status."""


def past_deal(body: dict[str, Any], source: Source) -> PastDeal:
    """Raises ``Unreadable``, also for what has no code of ours, and ``Ignored`` for a pipeline that is left out."""
    deal, codes = mapping(body["deal"], "deal"), Codes(source.options)
    at = _place(deal, "status_id")
    pipeline = codes.of("pipelines", at[0])
    codes.require_all()
    if pipeline is None:
        raise Ignored("the pipeline is left out")
    as_of, opened_at = moment(deal.get("updated_at"), "updated_at"), moment(deal.get("created_at"), "created_at")
    steps = sorted(_steps(body), key=lambda step: step[0])
    entered = [(opened_at, steps[0][1] if steps else at), *((moved_at, after) for moved_at, _, after in steps)]
    if entered[-1][1] != at:
        entered.append((max(as_of, entered[-1][0]), at))
    visits = following(
        (codes.of("stages", "/".join(place)), entered_at)
        for entered_at, place in entered
        if place[1] not in _OUTCOMES and codes.known("pipelines", place[0]) == pipeline
    )
    outcome: Any = _OUTCOMES.get(at[1], "open")
    told = {
        "deal_id": identifier(deal.get("id"), "id"),
        "request_id": f"lead:{deal['id']}",
        "as_of": as_of,
        "pipeline": pipeline,
        "opened_at": min([opened_at, *(visited_at for _, visited_at in visits)]),
        "title": text(deal.get("name"), "name"),
        "visits": visits,
        "outcome": outcome,
        **_worth(deal, body),
    }
    manager = text(deal.get("responsible_user_id"), "responsible_user_id")
    told["manager_id"] = codes.of("users", manager) if manager and manager != "0" else None
    if outcome != "open":
        closed = deal.get("closed_at")
        closed_at = moment(closed, "closed_at") if closed else steps[-1][0] if steps else as_of
        told["closed_at"] = max([closed_at, told["opened_at"], *(visited_at for _, visited_at in visits)])
    if outcome == "lost":
        told |= _why(deal, codes)
    codes.require_all()
    return PastDeal(**told)


def _place(state: dict[str, Any], status: str) -> Place:
    return identifier(state.get("pipeline_id"), "pipeline_id"), identifier(state.get(status), status)


def _steps(body: dict[str, Any]) -> Iterator[tuple[datetime, Place, Place]]:
    """When, from where, to where; an event that does not say so tells nothing."""
    for item in listing(body.get("events") or [], "events"):
        event = mapping(item, "event")
        before, after = _state(event, "value_before"), _state(event, "value_after")
        if before and after:
            yield moment(event.get("created_at"), "created_at"), _place(before, "id"), _place(after, "id")


def _state(event: dict[str, Any], name: str) -> dict[str, Any] | None:
    values = listing(event.get(name) or [], name)
    states = (mapping(value, name).get("lead_status") for value in values)
    return next((state for state in states if isinstance(state, dict)), None)


def _worth(deal: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    price, currency = deal.get("price"), text(body.get("currency"), "currency")
    if isinstance(price, int) and not isinstance(price, bool) and 0 < price < MOST and currency:
        return {"amount": Decimal(price), "currency": currency}
    return {}


def _why(deal: dict[str, Any], codes: Codes) -> dict[str, Any]:
    embedded = mapping(deal.get("_embedded") or {}, "_embedded")
    named = next((mapping(one, "loss_reason") for one in listing(embedded.get("loss_reason") or [], "loss_reason")), {})
    number = text(deal.get("loss_reason_id"), "loss_reason_id") or NO_REASON
    comment = text(named.get("name"), "name") or "amoCRM names no reason"
    return {"reason": codes.of("reasons", number), "comment": comment}
