"""The act of an erasure and the export of the log that goes with it.

What both must say: Roskomnadzor, order 179 of 28 October 2022, in force from 1 March 2023 to 1 March 2029 (read at
legion-inform.ru/?p=1863 and api.nnov.ru/akt-unichtozheniya-personalnyh-dannyh); both are to be kept for three years.
The act names the person as its caller does; without a name it stands for him by the ids of his cards, which nothing in
the system ties to a name any more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypedDict

from liquid import Environment

TEMPLATE: Final = Path(__file__).with_name("erasure_act.html.liquid")
WAY: Final = (
    "ключ, которым зашифрованы персональные данные, уничтожен, и открыть их нельзя ни в базах, ни в журнале событий; "
    "открытые копии и поисковые индексы удалены или очищены; файлы удалены из хранилища"
)
GROUNDS: Final = {
    "consent_withdrawn": "отзыв согласия на обработку (152-ФЗ, ст. 21, ч. 5)",
    "purpose_achieved": "достижение цели обработки (152-ФЗ, ст. 21, ч. 4)",
    "unlawful_processing": "неправомерная обработка (152-ФЗ, ст. 21, ч. 3)",
    "subject_demand": "требование субъекта (152-ФЗ, ст. 14, ч. 1)",
    "retention_ended": "окончание срока хранения",
}


class Signatory(TypedDict):
    """What of the act the system does not know: the operator, who acts for it, and how the person is called."""

    operator: str
    address: str
    processor: str
    person: str
    by: str


def act_of(customer_ids: Sequence[str], erasures: Sequence[Any], held: Sequence[Any], who: Signatory) -> dict[str, Any]:
    """The act: ``erasures`` as leads tells them, ``held`` as each service tells what is left."""
    return {
        "operator": {"name": who["operator"], "address": who["address"]},
        "processor": who["processor"] or None,
        "subject": {"name": who["person"] or None, "ids": list(customer_ids)},
        "erased_by": {"name": who["by"], "in_the_log": sorted({one["actor"] for one in erasures})},
        "categories": [
            {"system": f"Voronka, {service['service']}", "store": store["table"], "what": store["what"]}
            for service in held
            for store in service["stores"]
            if store["ending"] != "kept"
        ],
        "systems": [f"Voronka, {service['service']}" for service in held],
        "kept": [
            {
                "system": f"Voronka, {service['service']}",
                "store": store["table"],
                "what": store["what"],
                "why": store["why"],
            }
            for service in held
            for store in service["stores"]
            if store["ending"] == "kept"
        ],
        "way": WAY,
        "reasons": [{"ground": GROUNDS[one["ground"]], "reason": one["reason"]} for one in erasures],
        "erased_at": max((one["erased_at"] for one in erasures), default=None),
        "requests_emptied": sum(one["requests"] for one in erasures),
        "confirmed": {service["service"]: service["is_erased"] for service in held},
        "complete": all(service["is_erased"] for service in held),
    }


def log_of(customer_ids: Sequence[str], events: Sequence[Any], held: Sequence[Any]) -> dict[str, Any]:
    """The export of the log: the events of the erasure, and what each system has left of the person."""
    return {
        "subject": {"ids": list(customer_ids)},
        "events": list(events),
        "systems": [
            {
                "system": f"Voronka, {service['service']}",
                "erased": service["erased"],
                "left": {store["table"]: store["rows"] for store in service["stores"] if _was_to_go(store)},
            }
            for service in held
        ],
    }


def write(folder: Path, act: Mapping[str, Any], log: Mapping[str, Any]) -> list[Path]:
    """Writes the act, for machines and for people, and the log into a folder; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    page = Environment(autoescape=True).from_string(TEMPLATE.read_text("utf-8")).render(act=act, log=log)
    texts = {"act.json": _json(act), "act.html": page, "log.json": _json(log)}
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in texts]


def _was_to_go(store: Mapping[str, Any]) -> bool:
    return store["ending"] in ("deleted", "emptied")


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
