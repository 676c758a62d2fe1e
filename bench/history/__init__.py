"""Three years of a sales department, made by the database itself: as many leads as asked for, one seed one history."""
