"""Documents that automation asks for: a durable task each, for a number is drawn and templates are read. A second run
finds the document, and the answer is said with the end of the task.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from events.contracts.automation import DocumentMakingRequested
from events.decider import Rejected
from events.problems import Problem
from events.store import Append, deterministic_id
from events.tasks import Task
from pydantic import ValidationError

from deals.asked.answer import answered, refusal
from deals.deal.tables import sql
from deals.documents.desk import DocumentDesk
from deals.documents.models import NewDocument


@dataclass(frozen=True)
class Making:
    """The handler of the task."""

    desk: DocumentDesk

    async def __call__(self, task: Task) -> Sequence[Append]:
        """Asks for the document, in the default class of confidentiality, and answers."""
        event = DocumentMakingRequested.model_validate(task.payload)
        document_id = deterministic_id("document", "request", event.request_id)
        deal = await self.desk.pool.fetchrow(sql("deal_read"), event.deal_id)
        customer_id = deal["customer_id"] if deal else None
        ids = {"deal_id": event.deal_id, "customer_id": customer_id}
        now = datetime.now(UTC)
        try:
            if deal is None:
                raise Rejected("no_deal", "There is no such deal.")
            given = event.model_dump(include={"kind", "template", "language"}, exclude_none=True)
            new = NewDocument.model_validate(given)
            await self.desk.deals.check_not_erased(deal["customer_id"])
            await self.desk.ask(document_id, deal, new, self.desk.classes.default, None, task.cause, now, event.cause)
        except (Rejected, Problem, ValidationError) as error:
            refused = refusal(error, "bad_document", "There is no such kind, template or language.")
            return [answered(event, False, refused, task.cause, now, **ids)]
        return [answered(event, True, None, task.cause, now, **ids, document_id=document_id)]
