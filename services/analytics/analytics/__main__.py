"""``python -m analytics``."""

from events.app import run

from analytics.main import SERVICE

run(SERVICE)
