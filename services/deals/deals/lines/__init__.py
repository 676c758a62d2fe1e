"""Lines: what a deal or a quote is about, at which prices, and what that comes to."""
