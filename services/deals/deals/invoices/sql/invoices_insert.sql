INSERT INTO invoices (version, invoice_id, number, deal_id, customer_id, kind, total, currency, issued_at, due_on,
                      external_system, external_id)
SELECT 1, g.*
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::numeric[], $7::text[], $8::timestamptz[],
              $9::date[], $10::text[], $11::text[]) AS g
