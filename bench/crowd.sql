-- Copies the one customer that was captured, with all that is kept of him, :customers times under ids of their own.
CREATE TEMP TABLE crowd AS
SELECT md5('customer' || n)::uuid AS customer_id, md5('lead' || n)::uuid AS lead_id, md5('touch' || n)::uuid AS touch_id,
       md5('phone' || n)::uuid AS phone, md5('email' || n)::uuid AS email
  FROM generate_series(1, :customers) n;
ANALYZE crowd;

-- Copies a row of a table; ids gives the columns that differ, as expressions over crowd c and the row o.
CREATE FUNCTION pg_temp.copy_row(of regclass, ids jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  names text;
  given text;
BEGIN
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum),
         string_agg(coalesce(ids->>attname::text, 'o.' || quote_ident(attname)), ', ' ORDER BY attnum)
    INTO names, given
    FROM pg_attribute WHERE attrelid = of AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
  EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM crowd c, (SELECT * FROM %s LIMIT 1) o', of, names, given, of);
END $$;

SELECT pg_temp.copy_row('keyring', '{"customer_id": "c.customer_id"}');
SELECT pg_temp.copy_row('customers', '{"id": "c.customer_id"}');
SELECT pg_temp.copy_row('identities', '{"customer_id": "c.customer_id", "blind_index": "c.phone"}');
SELECT pg_temp.copy_row('identities', '{"customer_id": "c.customer_id", "blind_index": "c.email"}');
SELECT pg_temp.copy_row('leads', '{"id": "c.lead_id", "customer_id": "c.customer_id",
                                   "captured_at": "o.captured_at - random() * interval ''300 days''"}');
SELECT pg_temp.copy_row('touches', '{"touch_id": "c.touch_id", "lead_id": "c.lead_id", "customer_id": "c.customer_id"}');

WITH head AS MATERIALIZED (
  SELECT n AS shard, coalesce((SELECT max(e.position) FROM events e WHERE e.shard = n), 0) AS position
    FROM generate_series(0, 15) n
), one AS MATERIALIZED (
  SELECT DISTINCT ON (type) * FROM events
), stream AS (
  SELECT c.customer_id AS stream_id, 'customer.registered.v1' AS type FROM crowd c
  UNION ALL SELECT c.lead_id, 'lead.captured.v1' FROM crowd c
)
INSERT INTO events (position, occurred_at, version, shard, stream_id, id, correlation_id, type, actor, traceparent, data)
SELECT h.position + row_number() OVER (PARTITION BY h.shard), o.occurred_at, 1, h.shard, s.stream_id,
       md5('event' || s.stream_id)::uuid, md5('cause' || s.stream_id)::uuid, o.type, o.actor, o.traceparent, o.data
  FROM stream s JOIN one o USING (type) JOIN head h ON h.shard = event_shard(s.stream_id);

DROP TABLE crowd;
