"""Fixtures shared by every test folder live in tests/support."""

pytest_plugins = ["databases", "brokers", "serving"]
