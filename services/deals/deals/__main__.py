"""``python -m deals``."""

from events.app import run

from deals.main import SERVICE

if __name__ == "__main__":
    run(SERVICE)
