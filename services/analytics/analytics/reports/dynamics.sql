-- reads: touches, leads, qualifications, deals, receipts, contacts
WITH happened AS (
  SELECT 'touch' AS what, touched_at AS at, NULL AS currency, NULL::numeric AS amount FROM touches
  UNION ALL SELECT 'lead', captured_at, NULL, NULL FROM leads
  UNION ALL SELECT 'qualified', qualified_at, NULL, NULL FROM qualifications
  UNION ALL SELECT 'deal', opened_at, NULL, NULL FROM deals
  UNION ALL SELECT stage_kind, stage_at, currency, amount FROM deals WHERE stage_kind IN ('won', 'lost')
  UNION ALL SELECT 'money', r.at, r.currency, r.amount FROM receipts r JOIN deals USING (deal_id)
  UNION ALL SELECT kind, took_place_at, NULL, NULL FROM contacts WHERE took_place_at IS NOT NULL
), counted AS (
  SELECT what, currency, amount, date_trunc(:grain, at AT TIME ZONE :zone)::date AS day FROM happened
      WHERE at >= :start AND at < :end
), days AS (
  SELECT generate_series(min(day), max(day), ('1 ' || :grain)::interval)::date AS day FROM counted
), sums AS (
  SELECT day, :money(sold) AS sold,
         :money(revenue) AS revenue
    FROM (SELECT day, currency, sum(amount) FILTER (WHERE what = 'won') AS sold,
        sum(amount) FILTER (WHERE what = 'money') AS revenue
            FROM counted WHERE currency IS NOT NULL GROUP BY 1, 2) m
   GROUP BY 1
)
SELECT day, count(*) FILTER (WHERE what = 'touch') AS requests, count(*) FILTER (WHERE what = 'lead') AS leads,
       count(*) FILTER (WHERE what = 'qualified') AS qualified, count(*) FILTER (WHERE what = 'deal') AS deals,
       count(*) FILTER (WHERE what = 'won') AS sales, count(*) FILTER (WHERE what = 'lost') AS lost,
       count(*) FILTER (WHERE what = 'call') AS calls, count(*) FILTER (WHERE what = 'email') AS letters,
       count(*) FILTER (WHERE what = 'message') AS messages, count(*) FILTER (WHERE what = 'meeting') AS meetings,
       coalesce(any_value(s.sold), '{}') AS sold, coalesce(any_value(s.revenue), '{}') AS revenue
  FROM days LEFT JOIN counted USING (day) LEFT JOIN sums s USING (day)
 GROUP BY 1 ORDER BY 1
