-- Opens leads for requests that stood on leads of others; from now on they stand on these.
WITH opened AS (
  INSERT INTO leads (id, customer_id, version, status, direction, channel, intake, source, campaign, is_returning,
                     is_test, captured_at, last_touch_at, touches)
  SELECT g.id, g.customer_id, 1, 'new', g.direction, g.channel, g.intake, g.source, g.campaign, g.is_returning,
         g.is_test, g.at, g.at, 1
    FROM unnest($1::uuid[], $2::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::boolean[],
                $10::boolean[], $11::timestamptz[])
         AS g(id, customer_id, direction, channel, intake, source, campaign, is_returning, is_test, at)
)
UPDATE touches t SET lead_id = g.id, on_other_lead = false
  FROM unnest($1::uuid[], $3::uuid[]) AS g(id, touch_id) WHERE t.touch_id = g.touch_id
