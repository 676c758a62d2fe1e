-- Keeps what a batch says about customers; answers with the streams of deals that it tells of.
-- An event that names no customer or deal is about those that its stream named last. Of customers who were erased nothing
-- is kept: locking their keys makes an erasure wait for this batch, so that it finds all that is to go.
WITH batch AS MATERIALIZED (
  SELECT g.*, g.body::jsonb AS data
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::integer[], $6::timestamptz[], $7::timestamptz[],
                $8::text[], $9::uuid[], $10::uuid[], $11::text[])
         AS g(event_id, service, type, stream_id, version, occurred_at, recorded_at, actor, correlation_id, causation_id,
              body)
), named AS (
  SELECT event_id, stream_id, version, data ->> 'customer_id' AS customer_id, data ->> 'deal_id' AS deal_id FROM batch
  UNION ALL
  SELECT h.event_id, h.stream_id, h.version, h.customer_id::text, h.deal_id::text
    FROM heard h WHERE h.stream_id IN (SELECT b.stream_id FROM batch b)
), counted AS (
  SELECT *, count(customer_id) OVER so_far AS customers, count(deal_id) OVER so_far AS deals
    FROM named WINDOW so_far AS (PARTITION BY stream_id ORDER BY version)
), last_named AS MATERIALIZED (
  SELECT DISTINCT ON (event_id) event_id,
         (max(customer_id) OVER (PARTITION BY stream_id, customers))::uuid AS customer_id,
         (max(deal_id) OVER (PARTITION BY stream_id, deals))::uuid AS deal_id
    FROM counted
), alive AS MATERIALIZED (
  SELECT k.customer_id FROM keyring k
   WHERE k.customer_id IN (SELECT n.customer_id FROM last_named n) ORDER BY k.customer_id FOR KEY SHARE
), kept AS (
  INSERT INTO heard (event_id, customer_id, service, type, stream_id, version, deal_id, occurred_at, recorded_at, actor,
                     correlation_id, causation_id, facts)
  SELECT b.event_id, n.customer_id, b.service, b.type, b.stream_id, b.version, n.deal_id, b.occurred_at, b.recorded_at,
         b.actor, b.correlation_id, b.causation_id,
         (SELECT coalesce(jsonb_object_agg(f.key, f.value), '{}') FROM jsonb_each(b.data) f
           WHERE f.key <> 'customer_id' AND jsonb_typeof(f.value) <> 'null'
             AND (jsonb_typeof(f.value) <> 'array' OR length(f.value::text) <= 2000))
    FROM batch b JOIN last_named n USING (event_id)
   WHERE n.customer_id IN (SELECT customer_id FROM alive)
      OR n.customer_id IS NOT NULL AND NOT EXISTS (SELECT FROM customers c WHERE c.id = n.customer_id)
   ORDER BY b.event_id
  ON CONFLICT DO NOTHING
  RETURNING stream_id, deal_id
)
SELECT DISTINCT stream_id FROM kept WHERE stream_id = deal_id ORDER BY stream_id
