-- Titles of lines are free text and stay in deals; what is sold is told by the product.
WITH lines AS (
  INSERT INTO deal_lines (deal_id, version, line_number, product_id, unit, quantity, price, tax_rate, discounted, net,
                          tax, gross, currency, occurred_at, recorded_at)
  SELECT (data->>'deal_id')::uuid, version, line_number, (line->>'product_id')::uuid, line->>'unit',
         (line->>'quantity')::numeric, (line->>'price')::numeric, (line->>'tax_rate')::numeric,
         (line->>'discounted')::numeric, (line->>'net')::numeric, (line->>'tax')::numeric, (line->>'gross')::numeric,
         data#>>'{totals,currency}', occurred_at, recorded_at
    FROM batch, jsonb_array_elements(data->'lines') WITH ORDINALITY AS l (line, line_number)
  ON CONFLICT DO NOTHING
)
INSERT INTO deal_totals (deal_id, version, lines, currency, subtotal, discounted, net, tax, gross, quote_id,
                         occurred_at, recorded_at)
SELECT (data->>'deal_id')::uuid, version, jsonb_array_length(data->'lines'), data#>>'{totals,currency}',
       (data#>>'{totals,subtotal}')::numeric, (data#>>'{totals,discounted}')::numeric,
       (data#>>'{totals,net}')::numeric, (data#>>'{totals,tax}')::numeric, (data#>>'{totals,gross}')::numeric,
       (data->>'quote_id')::uuid, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
