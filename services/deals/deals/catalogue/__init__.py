"""Products and price lists: what is sold, and what it costs as of a day."""
