, told AS (
  SELECT (data->>'customer_id')::uuid AS customer_id, data, version FROM batch
), values_ AS (
  SELECT t.customer_id, k.kind, array_agg(e.value ORDER BY t.version, e.n) AS added
    FROM told t, unnest(ARRAY['emails', 'phones', 'messengers']) AS k(kind),
         jsonb_array_elements_text(t.data->k.kind) WITH ORDINALITY AS e(value, n)
   GROUP BY 1, 2
), added AS (
  SELECT t.customer_id,
         (array_agg(t.data->>'name' ORDER BY t.version DESC) FILTER (WHERE t.data ? 'name'))[1] AS name
    FROM told t GROUP BY 1
)
UPDATE contacts c
   SET name = coalesce(a.name, c.name),
       emails = c.emails || coalesce((SELECT v.added FROM values_ v WHERE v.customer_id = a.customer_id AND v.kind = 'emails'), '{}'),
       phones = c.phones || coalesce((SELECT v.added FROM values_ v WHERE v.customer_id = a.customer_id AND v.kind = 'phones'), '{}'),
       messengers = c.messengers
                    || coalesce((SELECT v.added FROM values_ v WHERE v.customer_id = a.customer_id AND v.kind = 'messengers'), '{}')
  FROM added a WHERE c.customer_id = a.customer_id AND NOT c.erased
