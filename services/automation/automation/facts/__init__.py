"""What is known of a customer, a deal and a lead at a moment: written from events, asked by the conditions of rules."""

from automation.facts.asking import EVERYTHING, variables
from automation.facts.keeping import TYPES, write
from automation.facts.preselecting import preselection

__all__ = ["EVERYTHING", "TYPES", "preselection", "variables", "write"]
