"""Fetching what providers do not send: stored like what they send, so that quarantine and replay are the same."""
