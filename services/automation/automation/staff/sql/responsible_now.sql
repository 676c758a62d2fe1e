-- Who is responsible for the first of these subjects ($1: a deal, a lead, a customer) that has somebody, and since when the
-- task $2 waits to know it.
SELECT (SELECT newest.manager
          FROM unnest($1::uuid[]) WITH ORDINALITY AS asked(subject_id, place)
         CROSS JOIN LATERAL (
           SELECT f.value #>> '{}' AS manager FROM facts f
            WHERE f.subject_id = asked.subject_id AND f.name = 'responsible'
            ORDER BY f.recorded_at DESC, f.version DESC LIMIT 1
         ) newest
         WHERE newest.manager IS NOT NULL
         ORDER BY asked.place LIMIT 1) AS responsible,
       (SELECT created_at FROM tasks WHERE id = $2) AS asked_at
