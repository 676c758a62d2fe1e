, gone AS (
  SELECT (data->>'customer_id')::uuid AS customer_id, array_agg(data->>'value') AS addresses FROM batch GROUP BY 1
)
UPDATE contacts c
   SET emails = ARRAY(SELECT e.v FROM unnest(c.emails) WITH ORDINALITY AS e(v, n) WHERE e.v <> ALL (g.addresses) ORDER BY e.n),
       phones = ARRAY(SELECT e.v FROM unnest(c.phones) WITH ORDINALITY AS e(v, n) WHERE e.v <> ALL (g.addresses) ORDER BY e.n),
       messengers = ARRAY(SELECT e.v FROM unnest(c.messengers) WITH ORDINALITY AS e(v, n)
                           WHERE e.v <> ALL (g.addresses) ORDER BY e.n)
  FROM gone g WHERE c.customer_id = g.customer_id
