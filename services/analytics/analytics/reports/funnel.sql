-- reads: cohort_parts, step_parts, stay_parts, places
WITH counts AS (
  SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(leads), 0) AS leads, coalesce(sum(qualified), 0) AS qualified,
         coalesce(sum(with_deal), 0) AS with_deal, coalesce(sum(qualified_with_deal), 0) AS qualified_with_deal,
         coalesce(sum(deals), 0) AS deals, coalesce(sum(won), 0) AS won, coalesce(sum(lost), 0) AS lost
    FROM cohort_parts
), late AS MATERIALIZED (
  SELECT pipeline, stage, :moment - make_interval(secs => 3600 * expected_hours) AS late_before
    FROM places WHERE expected_hours IS NOT NULL
), waiting AS (
  SELECT pipeline, stage, count(*) AS late_now, extract(epoch FROM sum(late_before - entered_at)) / 3600 AS hours_over
    FROM (SELECT pipeline, stage, late_before, unnest(waits[1 : width_bucket(late_before, waits)]) AS entered_at
            FROM step_parts JOIN late USING (pipeline, stage)) waits
   WHERE entered_at < late_before GROUP BY 1, 2
), stays AS NOT MATERIALIZED (
  SELECT pipeline, stage, level, times, hours AS singles FROM stay_parts
), medians AS (
  :medians(stays, pipeline, stage)
), per_stage AS (
  SELECT s.pipeline, s.stage, s.kind, :place(s.kind, p.position, s.stage) AS place, p.expected_hours, s.entered, s.now_there,
         s.moved_on, s.won, s.lost, m.median AS median_hours, coalesce(w.late_now, 0) AS late_now,
         CASE WHEN s.kind = 'open' AND p.expected_hours IS NOT NULL
              THEN coalesce(s.hours_over, 0) + coalesce(w.hours_over, 0) END AS hours_over
    FROM (SELECT pipeline, stage, min(kind) AS kind, sum(entered) AS entered, sum(now_there) AS now_there,
                 sum(moved_on) AS moved_on, sum(won) AS won, sum(lost) AS lost, sum(hours_over) AS hours_over
            FROM step_parts GROUP BY 1, 2) s
    LEFT JOIN places p USING (pipeline, stage)
    LEFT JOIN medians m USING (pipeline, stage)
    LEFT JOIN waiting w USING (pipeline, stage)
)
SELECT step, pipeline, stage, kind, entered, now_there,
       round(100.0 * moved_on / nullif(entered, 0), 1) AS to_next_percent,
       round(100.0 * of_leads / nullif((SELECT leads FROM counts), 0), 1) AS of_leads_percent,
       round(median_hours::numeric, 2) AS median_hours, expected_hours, late_now,
       round(hours_over::numeric, 2) AS hours_over,
       hours_over > 0 AND hours_over = max(hours_over) OVER (PARTITION BY pipeline) AS is_bottleneck, won, lost
  FROM (
    SELECT 1 AS part, '' AS place, 'requests' AS step, NULL AS pipeline, NULL AS stage, NULL AS kind, requests AS entered,
           NULL::numeric AS now_there, NULL::numeric AS moved_on, NULL::numeric AS of_leads, NULL::float8 AS median_hours,
           NULL::float8 AS expected_hours, NULL::bigint AS late_now, NULL::numeric AS hours_over,
           NULL::numeric AS won, NULL::numeric AS lost
      FROM counts
    UNION ALL
    SELECT 2, '', 'leads', NULL, NULL, NULL, leads, NULL, qualified, leads, NULL, NULL, NULL, NULL, NULL, NULL
      FROM counts
    UNION ALL
    SELECT 3, '', 'qualified', NULL, NULL, NULL, qualified, NULL, qualified_with_deal, qualified,
           NULL, NULL, NULL, NULL, NULL, NULL
      FROM counts
    UNION ALL
    SELECT 4, '', 'deals', NULL, NULL, NULL, deals, NULL, won, with_deal, NULL, NULL, NULL, NULL, won, lost
      FROM counts
    UNION ALL
    SELECT 5, place, 'stage', pipeline, stage, kind, entered, now_there, CASE WHEN kind = 'open' THEN moved_on END,
           entered, median_hours, expected_hours, late_now, hours_over, won, lost
      FROM per_stage
  ) steps
 ORDER BY part, pipeline, place
