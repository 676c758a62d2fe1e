"""Stories for rules, told in golden examples of events: whose they are follows from a name, the rest may differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import events
import orjson
from automation.timing import pending
from automation.timing.firings import Firings
from automation_world import World
from events.event import REGISTRY, Event
from events.store import deterministic_id
from events.tasks import Worker
from events.testing import Log

GOLDEN = Path(events.__file__).parent / "golden"
SUBJECTS = ("customer_id", "lead_id", "deal_id", "message_id")


def ids(name: str) -> dict[str, str]:
    return {subject: str(deterministic_id(subject, name)) for subject in SUBJECTS}


def event_of(name: str, type_: str, differs: dict[str, Any]) -> Event:
    """The golden example, of the customer, lead, deal and message of this name, with what differs; no rule's doing."""
    golden = orjson.loads((GOLDEN / f"{type_}.json").read_bytes())
    fields = REGISTRY[type_].model_fields
    own = {
        field: value for field, value in ids(name).items() if field in fields and field in golden | {"customer_id": 0}
    }
    left = {field: value for field, value in (golden | own | differs).items() if value is not None and field != "cause"}
    return REGISTRY[type_].model_validate(left)


async def heard(automation: World, log: Log) -> None:
    """The consumer applies everything, then what is due is done, until nothing more comes of it."""
    firings = {pending.KIND: Firings(automation.pool, "en", "UTC").handle}
    worker = Worker("firings", automation.store, {}, batches=firings)
    for shard in log.by_shard():
        outcome = await automation.deliver(shard)
        assert outcome.quarantined == 0, await automation.pool.fetch("SELECT type, error FROM quarantine")
    while await worker.run_due():
        pass
