INSERT INTO handover_items (handover_id, kind, subject_id, to_manager_id, explanation, steps, given_at)
SELECT $1, kind, subject_id, to_manager_id, explanation, steps, $2
  FROM unnest($3::text[], $4::uuid[], $5::text[], $6::text[], $7::json[])
       AS i(kind, subject_id, to_manager_id, explanation, steps)
ON CONFLICT (handover_id, kind, subject_id) DO UPDATE
   SET to_manager_id = excluded.to_manager_id, explanation = excluded.explanation, steps = excluded.steps,
       given_at = excluded.given_at
