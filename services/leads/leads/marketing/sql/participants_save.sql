-- Participants where they are now, and every stage they were ever in.
WITH given AS (
  SELECT * FROM unnest($2::uuid[], $3::integer[], $4::uuid[], $5::uuid[], $6::text[])
                AS g(id, version, customer_id, organisation_id, stage)
), saved AS (
  INSERT INTO participants (id, version, event_id, customer_id, organisation_id, stage, moved_at)
  SELECT id, version, $1, customer_id, organisation_id, stage, $7 FROM given ORDER BY id
  ON CONFLICT (id) DO UPDATE SET version = excluded.version, organisation_id = excluded.organisation_id,
                                 stage = excluded.stage, moved_at = excluded.moved_at
)
INSERT INTO participants_stages (participation_id, stage, reached_at) SELECT id, stage, $7 FROM given
ON CONFLICT DO NOTHING
