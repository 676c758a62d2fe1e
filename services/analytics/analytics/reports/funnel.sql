-- reads: leads, deals, stage_visits, stages, touches
WITH lead_cohort AS MATERIALIZED (
  SELECT lead_id, qualified_at IS NOT NULL AS qualified FROM leads WHERE captured_at >= :start AND captured_at < :end
), lead_counts AS (
  SELECT count(*) AS leads, count(*) FILTER (WHERE qualified) AS qualified, count(d.lead_id) AS with_deal,
         count(d.lead_id) FILTER (WHERE qualified) AS qualified_with_deal
    FROM lead_cohort LEFT JOIN (SELECT DISTINCT lead_id FROM deals) d USING (lead_id)
), deal_counts AS (
  SELECT count(*) AS deals, count(*) FILTER (WHERE stage_kind = 'won') AS won,
         count(*) FILTER (WHERE stage_kind = 'lost') AS lost
    FROM deals
), request_counts AS (
  SELECT count(*) AS requests FROM touches WHERE touched_at >= :start AND touched_at < :end
), visits AS MATERIALIZED (
  SELECT d.pipeline, d.stage AS stage_now, d.stage_kind AS kind_now, v.deal_id, v.stage, v.version, v.hours, v.is_present,
         v.version = min(v.version) OVER (PARTITION BY v.deal_id, v.stage) AS is_first
    FROM deals d JOIN stage_visits v USING (deal_id)
), progress AS (
  SELECT v.*, s.kind, s.position, s.expected_hours,
         max(s.position) FILTER (WHERE s.kind IN ('open', 'won'))
           OVER later AS furthest_later
    FROM visits v JOIN stages s USING (pipeline, stage)
  WINDOW later AS (PARTITION BY v.deal_id ORDER BY v.version ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
), per_stage AS (
  SELECT pipeline, stage, kind, position, expected_hours,
         count(*) FILTER (WHERE is_first) AS entered,
         count(*) FILTER (WHERE is_first AND stage_now = stage) AS now_there,
         count(*) FILTER (WHERE is_first AND furthest_later > position) AS moved_on,
         count(*) FILTER (WHERE is_first AND kind_now = 'won') AS won,
         count(*) FILTER (WHERE is_first AND kind_now = 'lost') AS lost,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY hours) FILTER (WHERE NOT is_present AND hours >= 0) AS median_hours,
         count(*) FILTER (WHERE is_present AND hours > expected_hours) AS late_now,
         sum(greatest(0, hours - expected_hours))
           FILTER (WHERE kind = 'open' AND expected_hours IS NOT NULL) AS hours_over
    FROM progress GROUP BY 1, 2, 3, 4, 5
)
SELECT step, pipeline, stage, kind, entered, now_there,
       round(100.0 * moved_on / nullif(entered, 0), 1) AS to_next_percent,
       round(100.0 * of_leads / nullif((SELECT leads FROM lead_counts), 0), 1) AS of_leads_percent,
       round(median_hours::numeric, 2) AS median_hours, expected_hours, late_now,
           round(hours_over::numeric, 2) AS hours_over,
       hours_over > 0 AND hours_over = max(hours_over) OVER (PARTITION BY pipeline) AS is_bottleneck, won, lost
  FROM (
    SELECT 1 AS part, 0 AS position, 'requests' AS step, NULL AS pipeline, NULL AS stage, NULL AS kind,
        requests AS entered,
           NULL::bigint AS now_there, NULL::bigint AS moved_on, NULL::bigint AS of_leads, NULL::float8 AS median_hours,
           NULL::float8 AS expected_hours, NULL::bigint AS late_now, NULL::float8 AS hours_over,
           NULL::bigint AS won, NULL::bigint AS lost
      FROM request_counts
    UNION ALL
    SELECT 2, 0, 'leads', NULL, NULL, NULL, leads, NULL, qualified, leads, NULL, NULL, NULL, NULL, NULL, NULL
        FROM lead_counts
    UNION ALL
    SELECT 3, 0, 'qualified', NULL, NULL, NULL, qualified, NULL, qualified_with_deal, qualified,
           NULL, NULL, NULL, NULL, NULL, NULL
      FROM lead_counts
    UNION ALL
    SELECT 4, 0, 'deals', NULL, NULL, NULL, deals, NULL, won, with_deal, NULL, NULL, NULL, NULL, won, lost
      FROM deal_counts, lead_counts
    UNION ALL
    SELECT 5, position, 'stage', pipeline, stage, kind, entered, now_there, CASE WHEN kind = 'open' THEN moved_on END,
           entered, median_hours, expected_hours, late_now, hours_over, won, lost
      FROM per_stage
  ) steps
 ORDER BY part, pipeline, position
