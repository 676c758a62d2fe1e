-- reads: path_parts
WITH parts AS MATERIALIZED (
  SELECT * FROM path_parts
), hours AS (
  SELECT channel, 'answer' AS step, unnest(hours_to_answered_at) AS hours FROM parts
  UNION ALL SELECT channel, 'qualified', unnest(hours_to_qualified_at) FROM parts
  UNION ALL SELECT channel, 'deal', unnest(hours_to_opened_at) FROM parts
  UNION ALL SELECT channel, 'won', unnest(hours_to_won_at) FROM parts
  UNION ALL SELECT channel, 'payment', unnest(hours_to_paid_at) FROM parts
), medians AS (
  SELECT channel, step, :median(hours, 2) AS median FROM hours GROUP BY 1, 2
), steps AS (
  SELECT channel, max(median) FILTER (WHERE step = 'answer') AS hours_to_answer,
         max(median) FILTER (WHERE step = 'qualified') AS hours_to_qualified,
         max(median) FILTER (WHERE step = 'deal') AS hours_to_deal, max(median) FILTER (WHERE step = 'won') AS hours_to_won,
         max(median) FILTER (WHERE step = 'payment') AS hours_to_payment
    FROM medians GROUP BY 1
), sums AS (
  SELECT channel, sum(leads) AS leads, sum(answered) AS answered, sum(qualified) AS qualified, sum(deals) AS deals,
         sum(won) AS won, sum(paid) AS paid, round(100.0 * sum(paid) / sum(leads), 1) AS paid_percent,
         round(sum(touches) / nullif(sum(paid), 0), 1) AS touches_to_payment
    FROM parts GROUP BY 1
)
SELECT s.*, m.hours_to_answer, m.hours_to_qualified, m.hours_to_deal, m.hours_to_won, m.hours_to_payment
  FROM sums s LEFT JOIN steps m ON m.channel IS NOT DISTINCT FROM s.channel
 ORDER BY leads DESC, s.channel
