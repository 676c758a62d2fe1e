-- $1 from, $2 to (half open), $3 pipeline, $4 channel, $5 manager, $6 direction: NULL for all.
-- $7 lines of business the reader may see, NULL for all; what has none is seen by everybody.
WITH lead_cohort AS MATERIALIZED (
  SELECT l.lead_id, l.qualified_at IS NOT NULL AS qualified
    FROM :schema.leads l
   WHERE l.captured_at >= $1 AND l.captured_at < $2 AND NOT l.is_test
     AND ($4::text IS NULL OR l.channel = $4) AND ($5::text IS NULL OR l.manager_id = $5)
     AND ($6::text IS NULL OR l.direction = $6)
     AND ($7::text[] IS NULL OR l.direction IS NULL OR l.direction = ANY ($7))
), deal_cohort AS MATERIALIZED (
  SELECT d.deal_id, d.lead_id, d.pipeline, d.stage, d.stage_kind
    FROM :schema.deals d JOIN lead_cohort USING (lead_id)
   WHERE d.opened_at IS NOT NULL AND ($3::text IS NULL OR d.pipeline = $3)
     AND ($7::text[] IS NULL OR d.direction IS NULL OR d.direction = ANY ($7))
), lead_counts AS (
  SELECT count(*) AS leads, count(*) FILTER (WHERE qualified) AS qualified, count(d.lead_id) AS with_deal,
         count(d.lead_id) FILTER (WHERE qualified) AS qualified_with_deal
    FROM lead_cohort LEFT JOIN (SELECT DISTINCT lead_id FROM deal_cohort) d USING (lead_id)
), deal_counts AS (
  SELECT count(*) AS deals, count(*) FILTER (WHERE stage_kind = 'won') AS won,
         count(*) FILTER (WHERE stage_kind = 'lost') AS lost
    FROM deal_cohort
), request_counts AS (
  SELECT count(*) AS requests
    FROM :schema.touches t JOIN :schema.leads l USING (lead_id)
   WHERE t.touched_at >= $1 AND t.touched_at < $2 AND NOT t.is_test
     AND ($4::text IS NULL OR t.channel = $4) AND ($5::text IS NULL OR l.manager_id = $5)
     AND ($6::text IS NULL OR l.direction = $6)
     AND ($7::text[] IS NULL OR l.direction IS NULL OR l.direction = ANY ($7))
), visits AS MATERIALIZED (
  SELECT c.pipeline, c.stage AS stage_now, c.stage_kind AS kind_now, v.deal_id, v.stage, v.kind, v.version,
         extract(epoch FROM lead(v.occurred_at) OVER w - v.occurred_at) / 3600 AS hours,
         v.version = min(v.version) OVER (PARTITION BY v.deal_id, v.stage) AS is_first
    FROM deal_cohort c JOIN :schema.deal_stage_changes v USING (deal_id)
  WINDOW w AS (PARTITION BY v.deal_id ORDER BY v.version)
), stages AS (
  SELECT s.pipeline, s.stage, s.kind,
         row_number() OVER (PARTITION BY s.pipeline
                            ORDER BY array_position('{open,nurture,won,lost}', s.kind), o.position, s.stage) AS position
    FROM (SELECT pipeline, stage, min(kind) AS kind FROM visits GROUP BY 1, 2) s
    LEFT JOIN :schema.stage_order o USING (pipeline, stage)
), progress AS (
  SELECT v.deal_id, v.pipeline, v.stage, v.is_first, v.hours, v.stage_now, v.kind_now, s.position,
         max(s.position) FILTER (WHERE s.kind IN ('open', 'won'))
           OVER (PARTITION BY v.deal_id ORDER BY v.version ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS furthest_later
    FROM visits v JOIN stages s USING (pipeline, stage)
), per_stage AS (
  SELECT pipeline, stage, count(*) FILTER (WHERE is_first) AS entered,
         count(*) FILTER (WHERE is_first AND stage_now = stage) AS now_there,
         count(*) FILTER (WHERE is_first AND furthest_later > position) AS moved_on,
         count(*) FILTER (WHERE is_first AND kind_now = 'won') AS won,
         count(*) FILTER (WHERE is_first AND kind_now = 'lost') AS lost,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY hours) FILTER (WHERE hours >= 0) AS median_hours
    FROM progress GROUP BY 1, 2
)
SELECT step, pipeline, stage, kind, entered, now_there,
       round(100.0 * moved_on / nullif(entered, 0), 1) AS to_next_percent,
       round(100.0 * of_leads / nullif((SELECT leads FROM lead_counts), 0), 1) AS of_leads_percent,
       round(median_hours::numeric, 2) AS median_hours, won, lost
  FROM (
    SELECT 1 AS part, 0 AS position, 'requests' AS step, NULL AS pipeline, NULL AS stage, NULL AS kind, requests AS entered,
           NULL::bigint AS now_there, NULL::bigint AS moved_on, NULL::bigint AS of_leads,
           NULL::float8 AS median_hours, NULL::bigint AS won, NULL::bigint AS lost
      FROM request_counts
    UNION ALL
    SELECT 2, 0, 'leads', NULL, NULL, NULL, leads, NULL, qualified, leads, NULL, NULL, NULL FROM lead_counts
    UNION ALL
    SELECT 3, 0, 'qualified', NULL, NULL, NULL, qualified, NULL, qualified_with_deal, qualified, NULL, NULL, NULL FROM lead_counts
    UNION ALL
    SELECT 4, 0, 'deals', NULL, NULL, NULL, deals, NULL, won, with_deal, NULL, won, lost FROM deal_counts, lead_counts
    UNION ALL
    SELECT 5, s.position, 'stage', s.pipeline, s.stage, s.kind, p.entered, p.now_there,
           CASE WHEN s.kind = 'open' THEN p.moved_on END,
           p.entered, p.median_hours, p.won, p.lost
      FROM per_stage p JOIN stages s USING (pipeline, stage)
  ) steps
 ORDER BY part, pipeline, position
