INSERT INTO price_lists (price_list_id, version, code, title, currency, tax_included, opened_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (price_list_id) DO UPDATE SET version = excluded.version, title = excluded.title
