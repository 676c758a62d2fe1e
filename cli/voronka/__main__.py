"""``python -m voronka`` is the command ``voronka``."""

from voronka.main import app

app(prog_name="voronka")
