-- What was so of each subject at a moment, oldest first; of a person all cards tell ($4) that were merged by then.
SELECT asked.n, f.name, f.value
  FROM unnest($1::int[], $2::uuid[], $3::timestamptz[], $4::boolean[]) AS asked(n, subject_id, at, is_person)
 CROSS JOIN LATERAL (
   SELECT asked.subject_id WHERE NOT asked.is_person
    UNION ALL
   SELECT c.id FROM cards_at(asked.subject_id, asked.at) AS c(id) WHERE asked.is_person
 ) AS card(id)
 CROSS JOIN LATERAL (
   SELECT DISTINCT ON (name) name, value, recorded_at, version FROM facts
    WHERE subject_id = card.id AND recorded_at <= asked.at
    ORDER BY name, recorded_at DESC, version DESC
 ) f
 ORDER BY asked.n, f.recorded_at, f.version, f.name
