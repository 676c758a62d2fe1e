-- kept
-- reads: receipts, deals
-- What persons paid in the period, which counts as one day, less what they got back.
SELECT (:start AT TIME ZONE :zone)::date AS day, d.person_id, r.currency, sum(r.amount) AS amount,
       '-infinity'::date AS since, 'infinity'::date AS until
  FROM receipts r JOIN deals d USING (deal_id) WHERE r.at >= :start AND r.at < :end GROUP BY 1, 2, 3
