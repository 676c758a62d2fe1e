-- What a batch of captures leaves in the tables, and how many identities and touches were really new: fewer than given
-- means that another process was faster, and that the batch must be decided again.
WITH stored_customers AS (
  INSERT INTO customers AS c (id, version, direction, name, phones, emails, messengers, registered_at)
  SELECT g.id, g.version, g.direction, g.name, string_to_array(g.phones, ' '), string_to_array(g.emails, ' '),
         string_to_array(g.messengers, ' '), g.registered_at
    FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
         AS g(id, version, direction, name, phones, emails, messengers, registered_at)
   ORDER BY g.id
  ON CONFLICT (id) DO UPDATE SET
    version = excluded.version, name = coalesce(c.name, excluded.name), phones = c.phones || excluded.phones,
    emails = c.emails || excluded.emails, messengers = c.messengers || excluded.messengers
), stored_identities AS (
  INSERT INTO identities (blind_index, kind, customer_id)
  SELECT * FROM unnest(in_form($9::text[]::uuid[]), $10::text[], $11::uuid[]) AS g(blind_index, kind, customer_id) ORDER BY g.blind_index
  ON CONFLICT DO NOTHING RETURNING 1
), stored_leads AS (
  INSERT INTO leads AS l (id, customer_id, version, status, direction, channel, intake, source, campaign, is_returning,
                          is_test, captured_at, last_touch_at, touches)
  SELECT g.id, g.customer_id, g.version, 'new', g.direction, g.channel, g.intake, g.source, g.campaign, g.is_returning,
         g.is_test, g.captured_at, g.last_touch_at, g.touches
    FROM unnest($12::uuid[], $13::uuid[], $14::integer[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[],
                $20::boolean[], $21::boolean[], $22::timestamptz[], $23::timestamptz[], $24::integer[])
         AS g(id, customer_id, version, direction, channel, intake, source, campaign, is_returning, is_test, captured_at,
              last_touch_at, touches)
   ORDER BY g.id
  ON CONFLICT (id) DO UPDATE SET
    version = excluded.version, last_touch_at = greatest(l.last_touch_at, excluded.last_touch_at),
    touches = l.touches + excluded.touches
), stored_touches AS (
  INSERT INTO touches (touch_id, lead_id, customer_id, intake, is_repeat, deliveries, on_other_lead, channel, source,
                       campaign, occurred_at)
  SELECT * FROM unnest($25::uuid[], $26::uuid[], $27::uuid[], $28::text[], $29::boolean[], $30::integer[], $31::boolean[],
                       $32::text[], $33::text[], $34::text[], $35::timestamptz[])
                AS g(touch_id, lead_id, customer_id, intake, is_repeat, deliveries, on_other_lead, channel, source,
                     campaign, occurred_at) ORDER BY g.touch_id
  ON CONFLICT DO NOTHING RETURNING 1
), stored_keys AS (
  INSERT INTO keyring (customer_id, wrapped_key)
  SELECT * FROM unnest($36::uuid[], $37::bytea[]) AS g(customer_id, wrapped_key) ORDER BY g.customer_id
  ON CONFLICT DO NOTHING
)
SELECT (SELECT count(*) FROM stored_identities) AS identities, (SELECT count(*) FROM stored_touches) AS touches
