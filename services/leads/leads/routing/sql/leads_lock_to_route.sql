-- The leads that somebody asks to route, locked in the order of their ids.
SELECT id, customer_id, version, status, direction, channel, intake, source, campaign, is_returning, is_test, manager_id,
       temperature, category
  FROM leads WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE
