INSERT INTO asked AS a (request_id, request, asked_at, customer_id, lead_id, deal_id, cause)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::uuid[], $5::uuid[], $6::uuid[], $7::json[])
    ON CONFLICT (request_id) DO UPDATE
   SET asked_at = excluded.asked_at, customer_id = excluded.customer_id, lead_id = excluded.lead_id,
       deal_id = excluded.deal_id, cause = excluded.cause
