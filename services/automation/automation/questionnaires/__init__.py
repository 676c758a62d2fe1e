"""Questionnaires: NPS, CSAT, choices and free words, asked through a signed link and answered once."""
