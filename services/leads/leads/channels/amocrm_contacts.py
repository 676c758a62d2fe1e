"""Notes and tasks of amoCRM as contacts with a person (amocrm.ru/developers, "Notes", "Tasks").

`{"note": {…}, "of": "lead"}`: `note_type` `common` is a note of people; `call_in` and `call_out` with `params.duration`
in seconds, `call_status` (4 talked, 5 wrong number, 6 nobody answered, 7 busy; 1 to 3 left a message, call later, not
there) and `call_result` in words; `sms_in` and `sms_out`. All other kinds amoCRM writes by itself: they are ignored.

`{"task": {…}}`: `complete_till` is when it is due, `task_type_id` 1 a call, 2 a meeting, others are the account's own;
`is_completed` with `result.text`. One of a company or of nobody is ignored.
"""

from typing import Any, Final, Literal

from events.webhooks import Ignored, Source

from leads.channels.base import PastContact
from leads.channels.codes import Codes
from leads.channels.values import identifier, mapping, moment, text

_CALLS: Final[dict[str, Literal["in", "out"]]] = {"call_in": "in", "call_out": "out"}
_MESSAGES: Final[dict[str, Literal["in", "out"]]] = {"sms_in": "in", "sms_out": "out"}
_PERSONS: Final = {"leads": "lead", "contacts": "contact"}
_MEETING: Final = "2"


def past_contact(body: dict[str, Any], source: Source) -> PastContact:
    """The note or task; raises ``Ignored`` for one that is nobody's, or that amoCRM wrote by itself."""
    if "task" in body:
        return _task(mapping(body["task"], "task"), source)
    note = mapping(body["note"], "note")
    kind, params = text(note.get("note_type"), "note_type") or "", mapping(note.get("params") or {}, "params")
    known: dict[str, Any] = {
        "contact_id": f"note:{identifier(note.get('id'), 'id')}",
        "request_id": f"{body.get('of')}:{identifier(note.get('entity_id'), 'entity_id')}",
        "occurred_at": moment(note.get("created_at"), "created_at"),
        "as_of": moment(note.get("updated_at"), "updated_at"),
        "manager_id": _manager(note, source),
    }
    if kind in _CALLS:
        said = [text(params.get(name), name) for name in ("call_result", "text")]
        talked = _seconds(params.get("duration"))
        return PastContact(
            **known, kind="call", flow=_CALLS[kind], talk_seconds=talked, text="\n".join(filter(None, said)) or None
        )
    said_text = text(params.get("text"), "text")
    if said_text and kind in _MESSAGES:
        return PastContact(**known, kind="message", flow=_MESSAGES[kind], text=said_text)
    if said_text and kind == "common":
        return PastContact(**known, kind="note", text=said_text)
    raise Ignored("a note that amoCRM writes by itself")


def _task(task: dict[str, Any], source: Source) -> PastContact:
    whose = _PERSONS.get(text(task.get("entity_type"), "entity_type") or "")
    if whose is None:
        raise Ignored("a task about no person")
    result = mapping(task.get("result") or {}, "result")
    return PastContact(
        contact_id=f"task:{identifier(task.get('id'), 'id')}",
        request_id=f"{whose}:{identifier(task.get('entity_id'), 'entity_id')}",
        kind="meeting" if str(task.get("task_type_id")) == _MEETING else "call",
        occurred_at=moment(task.get("created_at"), "created_at"),
        as_of=moment(task.get("updated_at"), "updated_at"),
        planned_at=moment(task.get("complete_till"), "complete_till"),
        is_done=task.get("is_completed") is True,
        manager_id=_manager(task, source),
        text=text(task.get("text"), "text"),
        came_of_it=text(result.get("text"), "result.text"),
    )


def _manager(thing: dict[str, Any], source: Source) -> str | None:
    return Codes(source.options).manager(text(thing.get("responsible_user_id"), "responsible_user_id"))


def _seconds(value: object) -> int | None:
    """Whole seconds, as a number or in a text."""
    told = str(value)
    return int(told) if told.isascii() and told.isdigit() and len(told) < 7 else None
