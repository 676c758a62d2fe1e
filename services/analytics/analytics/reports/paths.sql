-- reads: path_parts
WITH parts AS MATERIALIZED (
  SELECT channel, step, level, times, touches, hours AS singles FROM path_parts
), medians AS (
  :medians(parts, channel, step)
), steps AS (
  SELECT channel, max(median) FILTER (WHERE step = 'answer') AS hours_to_answer,
         max(median) FILTER (WHERE step = 'qualified') AS hours_to_qualified,
         max(median) FILTER (WHERE step = 'deal') AS hours_to_deal, max(median) FILTER (WHERE step = 'won') AS hours_to_won,
         max(median) FILTER (WHERE step = 'payment') AS hours_to_payment
    FROM (SELECT channel, step, round(median::numeric, 2) AS median FROM medians) rounded GROUP BY 1
), sums AS (
  SELECT channel, coalesce(sum(times) FILTER (WHERE step = 'lead'), 0) AS leads,
         coalesce(sum(times) FILTER (WHERE step = 'answer'), 0) AS answered,
         coalesce(sum(times) FILTER (WHERE step = 'qualified'), 0) AS qualified,
         coalesce(sum(times) FILTER (WHERE step = 'deal'), 0) AS deals, coalesce(sum(times) FILTER (WHERE step = 'won'), 0) AS won,
         coalesce(sum(times) FILTER (WHERE step = 'payment'), 0) AS paid, sum(touches) AS touches
    FROM parts GROUP BY 1
)
SELECT s.channel, s.leads, s.answered, s.qualified, s.deals, s.won, s.paid,
       round(100.0 * s.paid / s.leads, 1) AS paid_percent, round(s.touches / nullif(s.paid, 0), 1) AS touches_to_payment,
       m.hours_to_answer, m.hours_to_qualified, m.hours_to_deal, m.hours_to_won, m.hours_to_payment
  FROM sums s LEFT JOIN steps m ON m.channel IS NOT DISTINCT FROM s.channel
 ORDER BY leads DESC, s.channel
