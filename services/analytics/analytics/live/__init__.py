"""Live: those who look at reports are told at once, but once a second at most, which of them have changed."""
