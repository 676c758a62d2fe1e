"""What is measured, each next to the raw ceiling in the same run; `python -m bench.run` (see README.md)."""
