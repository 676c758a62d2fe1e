"""What automation asked of other services: what came of it, or that nobody answered."""
