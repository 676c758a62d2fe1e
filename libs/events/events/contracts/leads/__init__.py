"""What the leads service says, one module per subject."""

from events.contracts.leads import interactions, marketing
from events.contracts.leads.capture import (
    CustomerContactAdded,
    CustomerErased,
    CustomerRegistered,
    Identity,
    IdentityKind,
    LeadAssigned,
    LeadCaptured,
    LeadDisqualified,
    LeadQualified,
    LeadTouched,
    Temperature,
    Touch,
)

__all__ = [
    "CustomerContactAdded",
    "CustomerErased",
    "CustomerRegistered",
    "Identity",
    "IdentityKind",
    "LeadAssigned",
    "LeadCaptured",
    "LeadDisqualified",
    "LeadQualified",
    "LeadTouched",
    "Temperature",
    "Touch",
    "interactions",
    "marketing",
]
