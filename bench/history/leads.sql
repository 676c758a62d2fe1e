-- event: lead.captured.v1
SELECT lead_id AS stream_id, 1 AS version, captured_at AS occurred_at,
       jsonb_build_object('lead_id', lead_id, 'customer_id', customer_id, 'direction', direction,
         'is_returning', CASE WHEN again IS NOT NULL THEN true END,
         'touch', jsonb_build_object('touch_id', some_id(n, 'touch'), 'channel', channel, 'intake', channel,
           'source', 'site', 'kind', 'form', 'campaign', campaign, 'medium', 'cpc', 'utm_source', channel,
           'landing_path', '/offer', 'is_test', chance(n, 'test') < 0.003)) AS data
  FROM lives
-- event: lead.assigned.v1
SELECT lead_id, 2, assigned_at,
       jsonb_build_object('lead_id', lead_id, 'customer_id', customer_id, 'manager_id', manager_id,
                          'strategy', 'round_robin', 'explanation', 'in turn')
  FROM lives
-- event: lead.taken.v1
SELECT lead_id, 3, taken_at, jsonb_build_object('lead_id', lead_id, 'customer_id', customer_id, 'manager_id', manager_id)
  FROM lives WHERE is_taken
-- event: lead.touched.v1
SELECT lead_id, v_touched, taken_at + (judged_at - taken_at) / 2,
       jsonb_build_object('lead_id', lead_id, 'customer_id', customer_id,
         'touch', jsonb_build_object('touch_id', some_id(n, 'repeat'), 'channel', channel, 'intake', channel,
           'source', 'site', 'kind', 'form', 'campaign', campaign, 'medium', 'cpc'))
  FROM lives WHERE is_touched
-- event: lead.qualified.v1
SELECT lead_id, v_judged, judged_at,
       jsonb_build_object('lead_id', lead_id, 'customer_id', customer_id, 'manager_id', manager_id, 'direction', direction,
         'temperature', (ARRAY['cold', 'warm', 'hot'])[1 + floor(chance(n, 'temperature') * 3)::int],
         'category', (ARRAY['a', 'b', 'c'])[1 + floor(chance(n, 'category') * 3)::int])
  FROM lives WHERE is_qualified
-- event: lead.disqualified.v1
SELECT lead_id, v_judged, judged_at,
       jsonb_build_object('lead_id', lead_id, 'customer_id', customer_id,
         'reason', (ARRAY['spam', 'no_budget', 'wrong_region', 'no_answer'])[1 + floor(chance(n, 'reason') * 4)::int])
  FROM lives WHERE NOT is_qualified AND is_refused
-- event: lead.reopened.v1
SELECT lead_id, v_judged + 1, judged_at + interval '9 days',
       jsonb_build_object('lead_id', lead_id, 'customer_id', customer_id, 'previous_reason', 'no_answer')
  FROM lives WHERE NOT is_qualified AND is_refused AND is_reopened
