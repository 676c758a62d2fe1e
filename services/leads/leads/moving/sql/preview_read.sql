SELECT id, started_at, finished_at, failure, cursor, catalogue, counts FROM history_previews WHERE channel = $1 AND source = $2
