-- Of these deals, leads and customers ($1): who answers for each, and its line of business.
SELECT asked.id,
       (SELECT f.value #>> '{}' FROM facts f WHERE f.subject_id = asked.id AND f.name = 'responsible'
         ORDER BY f.recorded_at DESC, f.version DESC LIMIT 1) AS responsible,
       (SELECT f.value #>> '{}' FROM facts f WHERE f.subject_id = asked.id AND f.name = 'direction'
         ORDER BY f.recorded_at DESC, f.version DESC LIMIT 1) AS direction
  FROM unnest($1::uuid[]) AS asked(id)
