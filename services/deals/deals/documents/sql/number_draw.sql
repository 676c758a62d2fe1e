-- The next number of a kind in a year; the row stays locked until the commit.
INSERT INTO document_numbers AS n (kind, year, last) VALUES ($1, $2, 1)
ON CONFLICT (kind, year) DO UPDATE SET last = n.last + 1
RETURNING last
