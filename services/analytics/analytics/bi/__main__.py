"""Writes what is made from the contract of ``bi`` into a checkout: ``python -m analytics.bi .``."""

import sys
from pathlib import Path

from analytics.bi import assets

if __name__ == "__main__":
    for name, content in assets.assets().items():
        path = Path(sys.argv[1]) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
