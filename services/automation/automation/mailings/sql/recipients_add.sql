INSERT INTO mailing_recipients (mailing_id, customer_id, message_id)
SELECT $1, r.customer_id, r.message_id FROM unnest($2::uuid[], $3::uuid[]) AS r(customer_id, message_id)
    ON CONFLICT DO NOTHING RETURNING customer_id
