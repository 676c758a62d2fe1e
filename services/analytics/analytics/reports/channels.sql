-- $1 from, $2 to (half open), $3 direction (NULL for all),
-- $4 lines of business the reader may see, NULL for all; what has none is seen by everybody.
WITH lead_cohort AS MATERIALIZED (
  SELECT l.lead_id, l.channel, l.qualified_at IS NOT NULL AS qualified
    FROM :schema.leads l
   WHERE l.captured_at >= $1 AND l.captured_at < $2 AND NOT l.is_test
     AND ($3::text IS NULL OR l.direction = $3)
     AND ($4::text[] IS NULL OR l.direction IS NULL OR l.direction = ANY ($4))
), deal_cohort AS MATERIALIZED (
  SELECT c.channel, d.deal_id, d.lead_id, d.stage_kind = 'won' AS won, d.stage_kind = 'lost' AS lost
    FROM :schema.deals d JOIN lead_cohort c USING (lead_id)
   WHERE d.opened_at IS NOT NULL
     AND ($4::text[] IS NULL OR d.direction IS NULL OR d.direction = ANY ($4))
), requests AS (
  SELECT t.channel, count(*) AS touches, count(*) FILTER (WHERE NOT t.is_first) AS repeats
    FROM :schema.touches t JOIN :schema.leads l USING (lead_id)
   WHERE t.touched_at >= $1 AND t.touched_at < $2 AND NOT t.is_test
     AND ($3::text IS NULL OR l.direction = $3)
     AND ($4::text[] IS NULL OR l.direction IS NULL OR l.direction = ANY ($4))
   GROUP BY 1
), leads AS (
  SELECT channel, count(*) AS leads, count(*) FILTER (WHERE qualified) AS qualified FROM lead_cohort GROUP BY 1
), deals AS (
  SELECT channel, count(*) AS deals, count(*) FILTER (WHERE won) AS won, count(*) FILTER (WHERE lost) AS lost,
         count(DISTINCT lead_id) FILTER (WHERE won) AS leads_won
    FROM deal_cohort GROUP BY 1
), revenue AS (
  SELECT channel, json_object_agg(currency, amount ORDER BY currency) AS revenue
    FROM (SELECT c.channel, p.currency, sum(p.amount)::numeric(38, 2)::text AS amount
            FROM deal_cohort c JOIN :schema.payments p USING (deal_id)
           WHERE p.received_at IS NOT NULL AND NOT p.is_test
           GROUP BY 1, 2) sums
   GROUP BY 1
)
SELECT channel, coalesce(touches, 0) AS touches, coalesce(repeats, 0) AS repeats, coalesce(leads, 0) AS leads,
       coalesce(qualified, 0) AS qualified, coalesce(deals, 0) AS deals, coalesce(won, 0) AS won, coalesce(lost, 0) AS lost,
       coalesce(revenue, '{}'::json) AS revenue,
       round(100.0 * coalesce(leads_won, 0) / nullif(leads, 0), 1) AS conversion_percent
  FROM requests FULL JOIN leads USING (channel) LEFT JOIN deals USING (channel) LEFT JOIN revenue USING (channel)
 ORDER BY leads DESC NULLS LAST, touches DESC NULLS LAST, channel
