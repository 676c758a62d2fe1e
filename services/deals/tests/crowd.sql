-- Fills the tables with what 20,000 deals leave behind, so that statistics know a large base.
CREATE TEMP TABLE crowd AS
SELECT n, md5('deal' || n)::uuid AS deal_id, md5('customer' || n)::uuid AS customer_id,
       now() - n * interval '10 minutes' AS at
  FROM generate_series(1, 20000) n;

INSERT INTO customers (customer_id) SELECT customer_id FROM crowd;
INSERT INTO leads (lead_id, customer_id) SELECT md5('lead' || n)::uuid, customer_id FROM crowd;
INSERT INTO deals (deal_id, version, number, customer_id, lead_id, pipeline, pipeline_version, deal_type, state, stage,
                   amount, currency, manager_id, opened_at, stage_since, organisation_id, tags, people, expected_on)
SELECT deal_id, 1, 'D-' || n, customer_id, md5('lead' || n)::uuid, 'default', 1, 'first_sale',
       (ARRAY['open', 'won', 'lost', 'nurture'])[n % 4 + 1], (ARRAY['unsorted', 'won', 'lost', 'later'])[n % 4 + 1], 100, 'RUB',
       'manager' || n % 100, at, at, md5('organisation' || n % 5000)::uuid, ARRAY['tag' || n % 2000],
       ARRAY[md5('person' || n)::uuid], CURRENT_DATE + n % 1000
  FROM crowd;
INSERT INTO invoices (invoice_id, version, number, deal_id, customer_id, kind, total, currency, issued_at, due_on)
SELECT md5('invoice' || n)::uuid, 1, 'I-' || n, deal_id, customer_id, 'full', 100, 'RUB', at, at::date FROM crowd;
INSERT INTO payments (payment_id, version, provider, provider_payment_id, reference, amount, currency, is_test, received_at,
                      deal_id, customer_id, allocated)
SELECT md5('payment' || n)::uuid, 1, 'bank', n::text, '', 100, 'RUB', false, at, deal_id, customer_id,
       CASE WHEN n % 50 = 0 THEN 0 ELSE 100 END
  FROM crowd;
INSERT INTO allocations (payment_id, invoice_id, allocated, refunded)
SELECT md5('payment' || n)::uuid, md5('invoice' || n)::uuid, 100, 0 FROM crowd;
INSERT INTO documents (document_id, version, customer_id, deal_id, kind, number, confidentiality, latest, state, created_at,
                       changed_at)
SELECT md5('document' || n)::uuid, 1, customer_id, deal_id, 'offer', 'O-' || n, 'public', 1, 'generated', at, at FROM crowd;
INSERT INTO document_versions (document_id, number, state, asked_at)
SELECT md5('document' || n)::uuid, 1, 'generated', at FROM crowd;

INSERT INTO events (position, occurred_at, version, shard, stream_id, id, correlation_id, type, actor, data)
SELECT row_number() OVER (PARTITION BY event_shard(deal_id)), at, 1, event_shard(deal_id), deal_id, md5('event' || n)::uuid,
       md5('cause' || n)::uuid, 'deal.opened.v1', 'test', '{}'
  FROM crowd;
DROP TABLE crowd;
ANALYZE;
