"""Activities of Bitrix24 as contacts with a person (apidocs.bitrix24.ru, "Activities").

`{"activity": {…}}` with the names of crm.activity.list. `OWNER_TYPE_ID` 1 is a lead, 2 a deal, 3 a contact; `TYPE_ID` 1
a meeting, 2 a call, 4 a letter, 6 with `PROVIDER_ID` `CRM_TODO` something to do; `DIRECTION` 1 comes in, 2 goes out.
`COMPLETED` `Y` is done; what is not is planned for `DEADLINE`, else `START_TIME`. A letter is never planned. All other
activities, those of companies and those of deals that are not taken over are ignored.
"""

from datetime import datetime
from typing import Any, Final, Literal

from events.webhooks import Ignored, Source

from leads.channels.base import PastContact
from leads.channels.codes import Codes, takes_deals
from leads.channels.form import DEFAULT_ZONE
from leads.channels.values import identifier, mapping, moment, text

_OWNERS: Final = {"1": "lead", "2": "deal", "3": "contact"}
_KINDS: Final[dict[str, Literal["call", "email", "meeting"]]] = {"1": "meeting", "2": "call", "4": "email"}
_FLOWS: Final[dict[str, Literal["in", "out"]]] = {"1": "in", "2": "out"}
_TO_DO: Final = ("6", "CRM_TODO")


def past_contact(body: dict[str, Any], source: Source) -> PastContact:
    """The activity; raises ``Ignored`` for one that is nobody's or no contact."""
    activity = mapping(body["activity"], "activity")
    owner = _OWNERS.get(str(activity.get("OWNER_TYPE_ID")))
    if owner is None or (owner == "deal" and not takes_deals(source)):
        raise Ignored("an activity about nobody who is taken over")
    type_id = str(activity.get("TYPE_ID"))
    is_to_do = (type_id, activity.get("PROVIDER_ID")) == _TO_DO
    kind = "call" if is_to_do else _KINDS.get(type_id)
    if kind is None:
        raise Ignored("an activity that is no contact")
    began, ended = _time(activity, "START_TIME"), _time(activity, "END_TIME")
    made = moment(activity.get("CREATED"), "CREATED", DEFAULT_ZONE)
    is_done = activity.get("COMPLETED") == "Y"
    is_planned = not is_done and kind != "email"
    seconds = int((ended - began).total_seconds()) if kind == "call" and is_done and began and ended else None
    said = [text(activity.get(field), field) for field in ("SUBJECT", "DESCRIPTION")]
    return PastContact(
        contact_id=f"activity:{identifier(activity.get('ID'), 'ID')}",
        request_id=f"{owner}:{identifier(activity.get('OWNER_ID'), 'OWNER_ID')}",
        kind=kind,
        occurred_at=made if is_planned else began or made,
        as_of=_time(activity, "LAST_UPDATED") or made,
        flow=_FLOWS.get(str(activity.get("DIRECTION"))),
        talk_seconds=seconds if seconds is not None and 0 <= seconds < 86_400 and not is_to_do else None,
        planned_at=(_time(activity, "DEADLINE") or began or made) if is_planned else None,
        is_done=is_done and kind != "email",
        manager_id=Codes(source.options).manager(text(activity.get("RESPONSIBLE_ID"), "RESPONSIBLE_ID")),
        text="\n\n".join(filter(None, said)) or None,
    )


def _time(activity: dict[str, Any], field: str) -> datetime | None:
    """A time, if there is one; Bitrix24 writes 9999 where nobody said when."""
    told = activity.get(field)
    if not told or str(told).startswith("9999"):
        return None
    return moment(told, field, DEFAULT_ZONE)
