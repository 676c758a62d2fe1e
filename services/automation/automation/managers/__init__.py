"""Managers: whom rules choose for tasks, customers and deals, and how open tasks are spread among them."""
