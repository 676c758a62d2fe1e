"""What deals knows of customers' cards: followed from what leads says, sealed as it was told."""
