-- reads: stage_parts
-- Stays that are over, counted by how long they lasted; hours: each of these.
SELECT day, pipeline, stage, :level(stay) AS level, count(*) AS times, array_agg(stay) AS hours
  FROM stage_parts, unnest(stays) AS stay GROUP BY 1, 2, 3, 4
