"""``python -m automation``."""

from events.app import run

from automation.main import SERVICE

if __name__ == "__main__":
    run(SERVICE)
