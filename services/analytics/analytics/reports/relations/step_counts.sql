-- reads: stage_parts
-- Stays of the cohort's deals by day and stage alone. waits: in order, so that those before a moment are found by halving.
SELECT s.day, s.pipeline, s.stage, min(s.kind) AS kind, sum(s.entered)::bigint AS entered, sum(s.now_there)::bigint AS now_there,
       sum(s.moved_on)::bigint AS moved_on, sum(s.won)::bigint AS won, sum(s.lost)::bigint AS lost,
       sum(s.hours_over) AS hours_over, min(w.waits) AS waits
  FROM stage_parts s
  LEFT JOIN (SELECT day, pipeline, stage, array_agg(entered_at ORDER BY entered_at) AS waits
               FROM stage_parts, unnest(waits) AS entered_at GROUP BY 1, 2, 3) w USING (day, pipeline, stage)
 GROUP BY 1, 2, 3
