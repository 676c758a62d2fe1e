INSERT INTO webhook_deliveries (delivery_id, code, event_id, type, request_id, customer_id, body, created_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::json[],
                     $8::timestamptz[])
ON CONFLICT (delivery_id) DO NOTHING
