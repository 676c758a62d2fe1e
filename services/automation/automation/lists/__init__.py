"""Lists of customers that leads keeps: asked for by name, for a mailing, a sequence or a rule."""
