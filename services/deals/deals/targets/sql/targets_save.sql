-- Targets and what they are from now on. A row that is newer stays.
WITH given AS (
  SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::date[], $5::date[], $6::text[], $7::text[], $8::text[],
                       $9::text[], $10::numeric[], $11::text[])
       AS g(target_id, version, period, first_day, last_day, owner_kind, owner_id, measure, currency, amount, reason)
), saved AS (
  INSERT INTO targets AS t (target_id, version, period, first_day, last_day, owner_kind, owner_id, measure, currency)
  SELECT target_id, version, period, first_day, last_day, owner_kind, owner_id, measure, currency
    FROM given ORDER BY target_id
  ON CONFLICT (target_id) DO UPDATE SET version = excluded.version WHERE t.version < excluded.version
  RETURNING target_id
)
INSERT INTO target_values (target_id, version, amount, reason, set_by, set_at)
SELECT g.target_id, g.version, g.amount, g.reason, $12, $13 FROM given g JOIN saved USING (target_id)
