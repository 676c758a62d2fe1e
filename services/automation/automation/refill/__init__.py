"""The history: what was before, read from the beginning of the log where an older release kept nothing of it."""
