"""Made-up facts with which a template is filled once when it is uploaded, so that its faults are told then."""

from __future__ import annotations

from typing import Final

from deals.documents.facts import CustomerFacts, DealFacts, DocumentFacts, Facts, LineFacts, Party, TotalFacts

_PARTY: Final = Party(**dict.fromkeys(Party.model_fields, "…"))
_LINE: Final = LineFacts(**dict.fromkeys(LineFacts.model_fields, "…"))

SAMPLE: Final = Facts(
    language="ru",
    document=DocumentFacts(kind="other", number="…", version="1", date="…", due_on="…", note="…"),
    deal=DealFacts(number="…", title="…", value="…", value_in_words="…"),
    customer=CustomerFacts(**dict.fromkeys(CustomerFacts.model_fields, "…")),
    buyer=_PARTY,
    seller=_PARTY,
    lines=(_LINE, _LINE),
    total=TotalFacts(**dict.fromkeys(TotalFacts.model_fields, "…")),
)
