"""``python -m leads`` runs the service."""

from events.app import run

from leads.main import SERVICE

run(SERVICE)
