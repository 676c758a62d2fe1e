"""Quotes: what a customer is offered until a day, in revisions, and what became of it."""
