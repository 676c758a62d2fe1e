INSERT INTO invoice_series AS s (code, prefix) VALUES ($1, $2)
ON CONFLICT (code) DO UPDATE SET prefix = excluded.prefix WHERE s.last = 0 OR s.prefix = excluded.prefix
RETURNING code, prefix, last
