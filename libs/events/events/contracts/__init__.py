"""The public language: every event a service publishes, one module per owning service."""

from events.contracts import analytics, automation, deals, leads

__all__ = ["analytics", "automation", "deals", "leads"]
