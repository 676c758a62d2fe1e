-- event: deal.opened.v1
SELECT deal_id AS stream_id, 1 AS version, opened_at AS occurred_at,
       jsonb_build_object('deal_id', deal_id, 'customer_id', customer_id, 'lead_id', lead_id, 'number', 'D-' || n,
         'pipeline', pipeline, 'pipeline_version', 1, 'stage', codes[1], 'value', money(amount, currency),
         'deal_type', CASE WHEN again IS NULL THEN 'first_sale' ELSE 'repeat_sale' END,
         'manager_id', manager_id, 'direction', direction) AS data
  FROM lives WHERE has_deal
-- event: deal.close-expected.v1
SELECT deal_id, 2, opened_at + interval '30 seconds',
       jsonb_build_object('deal_id', deal_id, 'customer_id', customer_id, 'expected_on', opened_at::date + 21)
  FROM lives WHERE has_deal AND is_expected
-- event: deal.stage-changed.v1
SELECT deal_id, version, at,
       jsonb_build_object('deal_id', deal_id, 'customer_id', customer_id, 'from_stage', codes[move], 'to_stage',
         codes[1 + move], 'to_kind', 'open', 'pipeline_version', 1)
  FROM lives, LATERAL (VALUES (1, v_moved_1, moved_1), (2, v_moved_2, moved_2), (3, v_moved_3, moved_3)) m (move, version, at)
 WHERE has_deal AND move <= moves
-- event: deal.lines-changed.v1
SELECT deal_id, v_lines, moved_1 + interval '2 minutes',
       jsonb_build_object('deal_id', deal_id, 'customer_id', customer_id,
         'lines', jsonb_build_array(jsonb_build_object('product_id', some_id((n % 40), 'product'), 'title', 'Goods',
           'unit', 'pc', 'quantity', '1', 'price', round(amount, 2)::text, 'tax_included', true, 'discounted', '0.00',
           'net', round(amount, 2)::text, 'tax', '0.00', 'gross', round(amount, 2)::text)
           || CASE WHEN n % 4 > 0 THEN jsonb_build_object('unit_cost', round(amount * 0.6, 2)::text) ELSE '{}' END),
         'totals', jsonb_build_object('currency', currency, 'subtotal', round(amount, 2)::text, 'discounted', '0.00',
           'net', round(amount, 2)::text, 'tax', '0.00', 'gross', round(amount, 2)::text))
  FROM lives WHERE has_deal AND is_quoted
-- event: deal.value-changed.v1
SELECT deal_id, v_revalued, ended_at - interval '9 minutes',
       jsonb_build_object('deal_id', deal_id, 'customer_id', customer_id, 'value', money(amount * 0.9, currency))
  FROM lives WHERE has_deal AND is_revalued
-- event: deal.reassigned.v1
SELECT deal_id, v_handed, ended_at - interval '5 minutes',
       jsonb_build_object('deal_id', deal_id, 'customer_id', customer_id, 'manager_id', other_id,
         'previous_manager_id', manager_id)
  FROM lives WHERE has_deal AND is_handed
-- event: deal.won.v1
SELECT deal_id, v_ended, ended_at,
       jsonb_build_object('deal_id', deal_id, 'customer_id', customer_id, 'from_stage', last_stage, 'stage', 'won',
         'value', money(amount * CASE WHEN is_revalued THEN 0.9 ELSE 1 END, currency), 'pipeline_version', 1)
  FROM lives WHERE has_deal AND outcome = 'won'
-- event: deal.lost.v1
SELECT deal_id, v_ended, ended_at,
       jsonb_build_object('deal_id', deal_id, 'customer_id', customer_id, 'from_stage', last_stage, 'stage', 'lost',
         'comment', 's1.' || repeat('Iv4n0v', 8), 'reason', (ARRAY['price', 'rival', 'silence', 'no_need'])[1 + floor(chance(n, 'loss') * 4)::int],
         'pipeline_version', 1)
  FROM lives WHERE has_deal AND outcome = 'lost'
-- event: deal.reopened.v1
SELECT deal_id, v_ended + 1, ended_at + interval '12 days',
       jsonb_build_object('deal_id', deal_id, 'customer_id', customer_id, 'from_stage', 'lost', 'to_stage', last_stage,
         'pipeline_version', 1)
  FROM lives WHERE has_deal AND is_back
