-- Copies the one customer that was captured, with everything kept of him, $1 times under ids of their own.
CREATE TEMP TABLE crowd AS
SELECT gen_random_uuid() AS customer_id, gen_random_uuid() AS lead_id, gen_random_uuid() AS touch_id,
       gen_random_uuid() AS phone, gen_random_uuid() AS email
  FROM generate_series(1, :customers);
CREATE TEMP TABLE one_customer AS SELECT * FROM customers LIMIT 1;
CREATE TEMP TABLE one_lead AS SELECT * FROM leads LIMIT 1;
CREATE TEMP TABLE one_key AS SELECT * FROM keyring LIMIT 1;

INSERT INTO keyring (customer_id, wrapped_key) SELECT c.customer_id, o.wrapped_key FROM crowd c, one_key o;
INSERT INTO customers (id, version, direction, name, phones, emails, messengers, registered_at)
SELECT c.customer_id, o.version, o.direction, o.name, o.phones, o.emails, o.messengers, o.registered_at
  FROM crowd c, one_customer o;
INSERT INTO identities (blind_index, kind, customer_id)
SELECT c.phone, 'phone', c.customer_id FROM crowd c UNION ALL SELECT c.email, 'email', c.customer_id FROM crowd c;
INSERT INTO leads (id, customer_id, version, status, direction, channel, intake, source, campaign, is_returning, is_test,
                   captured_at, last_touch_at, touches)
SELECT c.lead_id, c.customer_id, o.version, o.status, o.direction, o.channel, o.intake, o.source, o.campaign,
       o.is_returning, o.is_test, o.captured_at - random() * interval '300 days', o.last_touch_at, o.touches
  FROM crowd c, one_lead o;
INSERT INTO touches (touch_id, lead_id, customer_id, intake, is_repeat)
SELECT c.touch_id, c.lead_id, c.customer_id, 'api', false FROM crowd c;
INSERT INTO events (position, occurred_at, version, shard, stream_id, id, correlation_id, type, actor, traceparent, data)
SELECT h.position + row_number() OVER (PARTITION BY h.shard), o.occurred_at, 1, h.shard, s.stream_id, gen_random_uuid(),
       gen_random_uuid(), o.type, o.actor, o.traceparent, o.data
  FROM (SELECT c.customer_id AS stream_id, 'customer.registered.v1' AS type FROM crowd c
        UNION ALL SELECT c.lead_id, 'lead.captured.v1' FROM crowd c) s
  JOIN (SELECT DISTINCT ON (type) * FROM events) o USING (type)
  JOIN (SELECT n AS shard, coalesce((SELECT max(e.position) FROM events e WHERE e.shard = n), 0) AS position
          FROM generate_series(0, 15) n) h ON h.shard = event_shard(s.stream_id);
DROP TABLE crowd, one_customer, one_lead, one_key;
