-- reads: purchases
-- Persons who paid before the period and not in it, by the last day on which they did: how many, and by currency what they
-- had paid until then. until: the day on which they paid again; infinity where they have not.
WITH idle AS (
  SELECT person_id, max(day) AS day FROM purchases GROUP BY 1 HAVING NOT bool_or(is_of_period)
)
SELECT day, 'infinity'::date AS until, NULL::text AS currency, count(*) AS customers, NULL::numeric AS paid FROM idle GROUP BY 1
UNION ALL
SELECT i.day, 'infinity', p.currency, 0, sum(p.amount) FROM idle i JOIN purchases p USING (person_id) GROUP BY 1, 3
