WITH judgements AS (
  INSERT INTO lead_status_changes (lead_id, version, status, reason, occurred_at, recorded_at)
  SELECT (data->>'lead_id')::uuid, version, 'disqualified', data->>'reason', occurred_at, recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO leads AS l (lead_id, refused_at, refused_version, refusal_reason)
SELECT DISTINCT ON (1) (data->>'lead_id')::uuid, occurred_at, version, data->>'reason'
  FROM batch ORDER BY 1, version DESC
ON CONFLICT (lead_id) DO UPDATE
   SET refused_at = excluded.refused_at, refused_version = excluded.refused_version,
       refusal_reason = excluded.refusal_reason, updated_at = clock_timestamp()
 WHERE (l.refused_version > excluded.refused_version) IS NOT TRUE
