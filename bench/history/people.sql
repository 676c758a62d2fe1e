-- event: customer.registered.v1
SELECT customer_id AS stream_id, 1 AS version, captured_at AS occurred_at,
       jsonb_build_object('customer_id', customer_id, 'name', sealed, 'phones', jsonb_build_array(sealed),
                          'emails', CASE WHEN chance(n, 'has email') < 0.6 THEN jsonb_build_array(sealed) END,
                          'direction', direction) AS data
  FROM lives, (VALUES ('s1.' || repeat('Iv4n0v', 8))) s (sealed) WHERE again IS NULL
-- event: customer.tagged.v1
SELECT customer_id, 2, judged_at, jsonb_build_object('customer_id', customer_id, 'tags', jsonb_build_array(
         (ARRAY['vip', 'partner', 'slow', 'fair'])[1 + floor(chance(n, 'tag') * 4)::int]))
  FROM lives WHERE again IS NULL AND chance(n, 'tagged') < 0.05
-- event: customer.merged.v1
SELECT customer_id, 3, captured_at + interval '20 days',
       jsonb_build_object('customer_id', customer_id, 'into_customer_id', some_id(n - 1, 'customer'), 'reason', 'match',
                          'matched_by', jsonb_build_array('one_request'), 'explanation', 'One request named both cards.')
  FROM lives
 WHERE again IS NULL AND n > 1 AND chance(n, 'merged') < 0.005
   AND chance(n - 1, 'merged') >= 0.005 AND chance(n - 1, 'again') >= 0.15
-- event: customer.segment-changed.v1
SELECT customer_id, 4, ended_at + interval '1 day',
       jsonb_build_object('customer_id', customer_id, 'segment', segment, 'previous_segment', 'casual',
                          'reason', jsonb_build_object('code', 'rose_over_cut', 'cut_percent', '60',
                                                       'share_percent', '4.2', 'ahead_percent', '61.35',
                                                       'previous_share_percent', '5.81'),
                          'revenue', money(amount, 'RUB'),
                          'rules', jsonb_build_object('gold_percent', '60', 'silver_percent', '90', 'window_days', 365,
                                                      'currency', 'RUB'),
                          'as_of', ended_at + interval '1 day')
  FROM (SELECT *, (ARRAY['gold', 'silver', 'bronze'])[1 + floor(chance(n, 'segment') * 3)::int] AS segment FROM lives) l
 WHERE has_deal AND outcome = 'won' AND again IS NULL
