-- reads: purchases
-- Pauses that began on the days, whatever the period: until which day those who paid then did not pay again.
WITH bought AS MATERIALIZED (
  SELECT person_id, day, currency, sum(amount) AS paid FROM purchases GROUP BY 1, 2, 3
), pauses AS MATERIALIZED (
  SELECT person_id, day, until
    FROM (SELECT person_id, day, lead(day, 1, 'infinity') OVER (PARTITION BY person_id ORDER BY day) AS until
            FROM (SELECT DISTINCT person_id, day FROM bought) paying) every
   WHERE day = ANY (:days)
)
SELECT day, until, NULL::text AS currency, count(*) AS customers, NULL::numeric AS paid FROM pauses GROUP BY 1, 2
UNION ALL
SELECT p.day, p.until, b.currency, 0, sum(b.paid)
  FROM pauses p JOIN bought b ON b.person_id = p.person_id AND b.day <= p.day GROUP BY 1, 2, 3
