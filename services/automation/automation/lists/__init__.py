"""Lists of customers that leads keeps: asked for by name, for a mailing or a sequence."""
