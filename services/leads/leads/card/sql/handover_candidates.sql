-- Who may get work, but for the one it comes from; locked, so that nobody is chosen twice at a time.
SELECT id, directions, turn FROM managers WHERE active AND id <> $1 ORDER BY id FOR UPDATE
