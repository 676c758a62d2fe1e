-- Titles of lines are free text and stay in deals; what is sold is told by the product. What lines cost is known only
-- where that of each is.
WITH lines AS (
  INSERT INTO deal_lines (deal_id, version, line_number, product_id, unit, quantity, price, unit_cost, tax_rate, discounted,
                          net, tax, gross, currency, occurred_at, recorded_at)
  SELECT (data->>'deal_id')::uuid, version, line_number, (line->>'product_id')::uuid, line->>'unit',
         (line->>'quantity')::numeric, (line->>'price')::numeric, (line->>'unit_cost')::numeric, (line->>'tax_rate')::numeric,
         (line->>'discounted')::numeric, (line->>'net')::numeric, (line->>'tax')::numeric, (line->>'gross')::numeric,
         data#>>'{totals,currency}', occurred_at, recorded_at
    FROM batch, jsonb_array_elements(data->'lines') WITH ORDINALITY AS l (line, line_number)
  ON CONFLICT DO NOTHING
), sums AS (
  SELECT (data->>'deal_id')::uuid AS deal_id, version, jsonb_array_length(data->'lines') AS lines,
         data#>>'{totals,currency}' AS currency, (data#>>'{totals,subtotal}')::numeric AS subtotal,
         (data#>>'{totals,discounted}')::numeric AS discounted, (data#>>'{totals,net}')::numeric AS net,
         (data#>>'{totals,tax}')::numeric AS tax, (data#>>'{totals,gross}')::numeric AS gross,
         (SELECT CASE WHEN count(line->>'unit_cost') = count(*)
                      THEN sum((line->>'quantity')::numeric * (line->>'unit_cost')::numeric) END
            FROM jsonb_array_elements(data->'lines') AS l (line)) AS cost,
         (data->>'quote_id')::uuid AS quote_id, occurred_at, recorded_at
    FROM batch
), totals AS (
  INSERT INTO deal_totals (deal_id, version, lines, currency, subtotal, discounted, net, tax, gross, cost, quote_id,
                           occurred_at, recorded_at)
  SELECT deal_id, version, lines, currency, subtotal, discounted, net, tax, gross, cost, quote_id, occurred_at, recorded_at
    FROM sums
  ON CONFLICT DO NOTHING
)
INSERT INTO deals AS d (deal_id, lines_currency, lines_net, lines_gross, lines_cost, lines_version)
SELECT DISTINCT ON (deal_id) deal_id, currency, net, gross, cost, version FROM sums ORDER BY deal_id, version DESC
ON CONFLICT (deal_id) DO UPDATE
   SET lines_currency = excluded.lines_currency, lines_net = excluded.lines_net, lines_gross = excluded.lines_gross,
       lines_cost = excluded.lines_cost, lines_version = excluded.lines_version, updated_at = clock_timestamp()
 WHERE (d.lines_version > excluded.lines_version) IS NOT TRUE
