"""Why automation acted."""

from events.contracts.cause import Cause

__all__ = ["Cause"]
