-- What came in and what became of it. Duplicates of the API and of imports are answered and leave no trace.
SELECT (SELECT coalesce(json_object_agg(state, n), '{}') FROM (SELECT state, count(*) AS n FROM intake GROUP BY 1) s) AS requests,
       (SELECT count(*) FROM intake WHERE state = 'done' AND reason = 'duplicate') AS duplicates,
       (SELECT coalesce(json_object_agg(intake, json_build_object('captured', c, 'touched', t)), '{}')
          FROM (SELECT intake, count(*) FILTER (WHERE NOT is_repeat) AS c, count(*) FILTER (WHERE is_repeat) AS t
                  FROM touches GROUP BY 1) x) AS touches
