-- reads: stage_parts
-- The same of the days.
SELECT day, pipeline, stage, :level(stay) AS level, count(*) AS times, array_agg(stay) AS hours
  FROM stage_parts, unnest(stays) AS stay WHERE day = ANY (:days) GROUP BY 1, 2, 3, 4
