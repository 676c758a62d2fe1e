-- What came in and what became of it. Items of the API and of imports are stored as requests only when they are rejected;
-- once replayed, they count as the touches they became.
WITH requests AS (
  SELECT state, channel IN ('api', 'import') AS item, count(*) AS n FROM intake GROUP BY 1, 2
), flows AS (
  SELECT intake, count(*) FILTER (WHERE NOT is_repeat) AS captured, count(*) FILTER (WHERE is_repeat) AS touched,
         sum(deliveries - 1) AS duplicates
    FROM touches GROUP BY 1
)
SELECT (SELECT coalesce(sum(n) FILTER (WHERE NOT (item AND state = 'done')), 0) FROM requests)
         + (SELECT coalesce(sum(captured + touched + duplicates), 0) FROM flows WHERE intake IN ('api', 'import')) AS accepted,
       (SELECT coalesce(sum(n), 0) FROM requests WHERE state = 'pending') AS pending,
       (SELECT coalesce(sum(n), 0) FROM requests WHERE state = 'ignored') AS ignored,
       (SELECT coalesce(sum(n), 0) FROM requests WHERE state = 'quarantined') AS quarantined,
       (SELECT coalesce(sum(n), 0) FROM requests WHERE state = 'discarded') AS discarded,
       (SELECT count(*) FROM leads WHERE status = 'new') AS new,
       (SELECT coalesce(json_object_agg(intake, json_build_object(
          'captured', captured, 'touched', touched, 'duplicates', duplicates)), '{}') FROM flows) AS by_intake
