"""Personal data: where automation keeps them, and what is forgotten when leads says that a customer is erased."""
