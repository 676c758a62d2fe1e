-- The refusal does not hold any more; a later one will.
INSERT INTO leads AS l (lead_id, refused_version)
SELECT (data->>'lead_id')::uuid, max(version) FROM batch GROUP BY 1
ON CONFLICT (lead_id) DO UPDATE
   SET refused_at = NULL, refusal_reason = NULL, refused_version = excluded.refused_version, updated_at = clock_timestamp()
 WHERE (l.refused_version > excluded.refused_version) IS NOT TRUE
