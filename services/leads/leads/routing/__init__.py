"""Who gets a lead: managers and their hours, rules of distribution, the unsorted column, call lists."""
