INSERT INTO products AS p (product_id, code, registered_at, recorded_at, product_name, kind, unit, tax_rate, cost, cost_currency,
                           details_version)
SELECT DISTINCT ON (1) (data->>'product_id')::uuid, data->>'code', occurred_at, recorded_at,
       data->>'title', data->>'kind', data->>'unit', (data->>'tax_rate')::numeric,
       (data#>>'{cost,amount}')::numeric, data#>>'{cost,currency}', version
  FROM batch ORDER BY 1, version DESC
ON CONFLICT (product_id) DO UPDATE
   SET code = excluded.code, registered_at = excluded.registered_at, recorded_at = excluded.recorded_at,
       product_name = CASE WHEN p.details_version > excluded.details_version THEN p.product_name ELSE excluded.product_name END,
       kind = CASE WHEN p.details_version > excluded.details_version THEN p.kind ELSE excluded.kind END,
       unit = CASE WHEN p.details_version > excluded.details_version THEN p.unit ELSE excluded.unit END,
       tax_rate = CASE WHEN p.details_version > excluded.details_version THEN p.tax_rate ELSE excluded.tax_rate END,
       cost = CASE WHEN p.details_version > excluded.details_version THEN p.cost ELSE excluded.cost END,
       cost_currency = CASE WHEN p.details_version > excluded.details_version THEN p.cost_currency ELSE excluded.cost_currency END,
       details_version = greatest(p.details_version, excluded.details_version), updated_at = clock_timestamp()
