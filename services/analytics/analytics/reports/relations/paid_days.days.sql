-- reads: earned, takings
-- All days on which the deals were paid for that were on one of the days.
SELECT t.deal_id, (t.at AT TIME ZONE :zone)::date AS day, bool_or(t.profit IS NOT NULL) AS is_costed
  FROM takings t WHERE t.deal_id = ANY (ARRAY(SELECT deal_id FROM earned)) GROUP BY 1, 2
