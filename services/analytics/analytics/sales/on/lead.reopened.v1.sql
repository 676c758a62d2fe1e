-- The refusal does not hold any more; a later one will.
WITH judgements AS (
  INSERT INTO lead_status_changes (lead_id, version, status, reason, occurred_at, recorded_at)
  SELECT (data->>'lead_id')::uuid, version, 'open', data->>'previous_reason', occurred_at, recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO leads AS l (lead_id, refused_version)
SELECT (data->>'lead_id')::uuid, max(version) FROM batch GROUP BY 1
ON CONFLICT (lead_id) DO UPDATE
   SET refused_at = NULL, refusal_reason = NULL, refused_version = excluded.refused_version, updated_at = clock_timestamp()
 WHERE (l.refused_version > excluded.refused_version) IS NOT TRUE
