SELECT asked.n, f.name, f.value
  FROM unnest($1::int[], $2::uuid[], $3::timestamptz[]) AS asked(n, subject_id, at)
 CROSS JOIN LATERAL (
   SELECT DISTINCT ON (name) name, value, recorded_at, version FROM facts
    WHERE subject_id = asked.subject_id AND recorded_at <= asked.at
    ORDER BY name, recorded_at DESC, version DESC
 ) f
 ORDER BY asked.n, f.recorded_at, f.version, f.name
