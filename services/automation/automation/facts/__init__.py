"""What is known of a customer, a deal and a lead at a moment: written from events, asked by the conditions of rules."""

from automation.facts.asking import variables
from automation.facts.keeping import TYPES, write

__all__ = ["TYPES", "variables", "write"]
