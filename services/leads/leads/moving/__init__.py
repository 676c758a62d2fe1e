"""Moving off another CRM: the history of its deals is said to deals, its companies become organisations."""
