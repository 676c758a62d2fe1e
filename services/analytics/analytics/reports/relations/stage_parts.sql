-- reads: cohort, deals, stage_visits, places
-- Stays of the cohort's deals in stages. stays: hours of those that are over; waits: when those began that are not and
-- have a time that they are to take; hours_over: by how much those that are over took longer.
WITH visits AS MATERIALIZED (
  SELECT c.day, c.channel, c.direction, d.direction AS deal_direction, d.pipeline, d.stage AS stage_now,
         d.stage_kind AS kind_now, v.deal_id, v.stage, v.kind, v.version, v.hours, v.is_present, v.entered_at,
         v.version = min(v.version) OVER (PARTITION BY v.deal_id, v.stage) AS is_first
    FROM deals d JOIN cohort c USING (lead_id) JOIN stage_visits v USING (deal_id)
), kinds AS (
  SELECT pipeline, stage, min(kind) AS kind FROM visits GROUP BY 1, 2
), progress AS (
  SELECT v.day, v.channel, v.direction, v.deal_direction, v.pipeline, v.stage, k.kind, v.stage_now, v.kind_now, v.hours,
         v.is_present, v.entered_at, v.is_first, o.place, p.expected_hours,
         max(o.place) FILTER (WHERE k.kind IN ('open', 'won')) OVER later AS furthest_later
    FROM visits v JOIN kinds k USING (pipeline, stage) LEFT JOIN places p USING (pipeline, stage)
   CROSS JOIN LATERAL (SELECT :place(k.kind, p.position, v.stage) AS place) o
  WINDOW later AS (PARTITION BY v.deal_id ORDER BY v.version ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
)
SELECT day, channel, direction, deal_direction, pipeline, stage, kind,
       count(*) FILTER (WHERE is_first) AS entered,
       count(*) FILTER (WHERE is_first AND stage_now = stage) AS now_there,
       count(*) FILTER (WHERE is_first AND furthest_later > place) AS moved_on,
       count(*) FILTER (WHERE is_first AND kind_now = 'won') AS won,
       count(*) FILTER (WHERE is_first AND kind_now = 'lost') AS lost,
       array_agg(hours::float8) FILTER (WHERE NOT is_present AND hours >= 0) AS stays,
       array_agg(entered_at) FILTER (WHERE is_present AND expected_hours IS NOT NULL) AS waits,
       sum(greatest(0, hours - expected_hours))
         FILTER (WHERE NOT is_present AND kind = 'open' AND expected_hours IS NOT NULL) AS hours_over
  FROM progress GROUP BY 1, 2, 3, 4, 5, 6, 7
