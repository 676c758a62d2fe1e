"""Mailings: one message to many customers, with progress and a way to stop."""
