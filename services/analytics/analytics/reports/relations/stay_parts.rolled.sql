-- reads: stage_parts
-- Those of all together have parts of their own: by channel and line of business each has few on a day.
SELECT * FROM :schema.rolled_stays
 WHERE coalesce(:channel, :direction) IS NULL AND :visible IS NULL
   AND day >= (:start AT TIME ZONE :zone)::date AND day < (:end AT TIME ZONE :zone)::date AND day <> ALL (:stale)
UNION ALL
SELECT day, pipeline, stage, :level(stay), count(*), array_agg(stay)
  FROM stage_parts, unnest(stays) AS stay
 WHERE NOT (coalesce(:channel, :direction) IS NULL AND :visible IS NULL) AND day <> ALL (:stale)
 GROUP BY 1, 2, 3, 4
