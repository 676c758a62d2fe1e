"""The exchange with an ERP: what it tells, by its own ids, and what it reads on from where it stopped."""
