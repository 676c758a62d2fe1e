"""Sequences (nurture): series of messages with waits, branches and exits, through which customers are led."""
