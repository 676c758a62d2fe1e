SELECT state, entered_version FROM sequences WHERE sequence = $1
