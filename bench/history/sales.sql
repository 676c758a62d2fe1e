-- event: quote.made.v1
SELECT some_id(n, 'quote') AS stream_id, 1 AS version, moved_1 + interval '3 minutes' AS occurred_at,
       jsonb_build_object('quote_id', some_id(n, 'quote'), 'deal_id', deal_id, 'customer_id', customer_id,
         'number', 'Q-' || n, 'revision', 1, 'valid_until', moved_1::date + 30,
         'lines', jsonb_build_array(jsonb_build_object('product_id', some_id((n % 40), 'product'), 'title', 'Goods',
           'quantity', '1', 'price', round(amount, 2)::text, 'tax_included', true, 'discounted', '0.00',
           'net', round(amount, 2)::text, 'tax', '0.00', 'gross', round(amount, 2)::text)),
         'totals', jsonb_build_object('currency', currency, 'subtotal', round(amount, 2)::text, 'discounted', '0.00',
           'net', round(amount, 2)::text, 'tax', '0.00', 'gross', round(amount, 2)::text)) AS data
  FROM lives WHERE has_deal AND is_quoted
-- event: quote.sent.v1
SELECT some_id(n, 'quote'), 2, moved_1 + interval '4 minutes',
       jsonb_build_object('quote_id', some_id(n, 'quote'), 'deal_id', deal_id, 'customer_id', customer_id, 'revision', 1,
         'sending', 1, 'sending_id', some_id(n, 'sending'), 'channel', 'email')
  FROM lives WHERE has_deal AND is_quoted
-- event: invoice.issued.v1
SELECT some_id(n, 'invoice'), 1, ended_at - interval '1 minute',
       jsonb_build_object('invoice_id', some_id(n, 'invoice'), 'number', 'I-' || n, 'deal_id', deal_id,
         'lines', jsonb_build_array(jsonb_build_object('title', 'Goods', 'quantity', '1', 'price', round(amount, 2)::text,
           'tax_included', true, 'discounted', '0.00', 'net', round(amount, 2)::text, 'tax', '0.00',
           'gross', round(amount, 2)::text)),
         'customer_id', customer_id, 'kind', 'full', 'total', money(amount, currency), 'due_on', ended_at::date + 14)
  FROM lives WHERE has_deal AND outcome = 'won'
-- event: payment.received.v1
SELECT some_id(n * 2 + part, 'payment'), 1, ended_at + part * interval '6 days' + wait(n * 2 + part, 'paid', '5 days'),
       jsonb_build_object('payment_id', some_id(n * 2 + part, 'payment'), 'provider', 'bank',
         'provider_payment_id', (n * 2 + part)::text, 'reference', 'D-' || n, 'is_test', chance(n, 'test payment') < 0.002,
         'received', money(amount * share, currency), 'deal_id', deal_id, 'customer_id', customer_id)
  FROM (SELECT l.*, p.part, CASE WHEN chance(n, 'in parts') >= 0.4 THEN 1 WHEN p.part = 0 THEN 0.3 ELSE 0.7 END AS share
          FROM lives l, generate_series(0, 1) AS p (part)
         WHERE has_deal AND outcome = 'won' AND (p.part = 0 OR chance(n, 'in parts') < 0.4)) parts
-- event: payment.allocated.v1
SELECT some_id(n * 2 + part, 'payment'), 2,
       ended_at + part * interval '6 days' + wait(n * 2 + part, 'paid', '5 days') + interval '1 second',
       jsonb_build_object('payment_id', some_id(n * 2 + part, 'payment'), 'invoice_id', some_id(n, 'invoice'),
         'invoice_number', 'I-' || n, 'deal_id', deal_id, 'customer_id', customer_id,
         'amount', money(amount * share, currency),
         'invoice_due', money(CASE WHEN share = 0.3 THEN amount * 0.7 ELSE 0 END, currency))
  FROM (SELECT l.*, p.part, CASE WHEN chance(n, 'in parts') >= 0.4 THEN 1 WHEN p.part = 0 THEN 0.3 ELSE 0.7 END AS share
          FROM lives l, generate_series(0, 1) AS p (part)
         WHERE has_deal AND outcome = 'won' AND (p.part = 0 OR chance(n, 'in parts') < 0.4)) parts
-- event: payment.refunded.v1
SELECT some_id(n * 2, 'payment'), 3, ended_at + interval '40 days',
       jsonb_build_object('payment_id', some_id(n * 2, 'payment'), 'refund_id', 'r-' || n,
         'refunded', money(amount * 0.1, currency), 'shares', jsonb_build_array(jsonb_build_object(
           'invoice_id', some_id(n, 'invoice'), 'invoice_number', 'I-' || n, 'amount', money(amount * 0.1, currency))),
         'deal_id', deal_id, 'customer_id', customer_id)
  FROM lives WHERE has_deal AND outcome = 'won' AND chance(n, 'refunded') < 0.03
