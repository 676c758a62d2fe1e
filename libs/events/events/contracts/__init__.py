"""The public language: every event a service publishes, one module per owning service."""

from events.contracts import automation, deals, leads

__all__ = ["automation", "deals", "leads"]
