"""Reports: computed from facts by one SQL statement each, documented in the models that carry them."""
