"""Streams that are known by a code and not by an id of their own: who writes one and who finds it again agree here."""

from __future__ import annotations

from uuid import UUID

from events.store import deterministic_id


def field_stream(subject: str, code: str) -> UUID:
    """The definition of a custom field of ``customer``, ``organisation``, ``lead`` or ``deal``."""
    return deterministic_id("deal field", code) if subject == "deal" else deterministic_id("field", subject, code)


def manager_stream(manager_id: str) -> UUID:
    """A manager."""
    return deterministic_id("manager", manager_id)


def pipeline_stream(code: str) -> UUID:
    """A pipeline."""
    return deterministic_id("pipeline", code)


def segment_stream(customer_id: UUID) -> UUID:
    """What analytics says of a customer."""
    return deterministic_id("customer-segment", customer_id)
