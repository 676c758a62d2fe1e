UPDATE lists SET version = $2, name = $3, criteria = $4, closed = $5 WHERE id = $1
