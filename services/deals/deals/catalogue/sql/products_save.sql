-- Products as their streams now stand.
INSERT INTO products AS p (product_id, code, title, kind, unit, tax_rate, external_id, archived, cost, cost_currency, version,
                           registered_at)
SELECT g.*, $12 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::numeric[], $7::text[], $8::bool[],
                     $9::numeric[], $10::text[], $11::int[]) AS g(product_id)
 ORDER BY g.product_id
ON CONFLICT (product_id) DO UPDATE SET
  version = excluded.version, title = excluded.title, kind = excluded.kind, unit = excluded.unit,
  tax_rate = excluded.tax_rate, external_id = excluded.external_id, archived = excluded.archived,
  cost = excluded.cost, cost_currency = excluded.cost_currency
