"""A service without its second wall, measured beside the service as it is: `python -m bench.wall.unwalled leads`."""

import sys
from importlib import import_module

from events import second_wall
from events.app import run

if __name__ == "__main__":
    second_wall.opening = lambda: None
    run(import_module(f"{sys.argv[1]}.main").SERVICE, sys.argv[2:])
