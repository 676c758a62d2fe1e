INSERT INTO leads (lead_id, customer_id, manager_id)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[])
ON CONFLICT (lead_id) DO UPDATE SET manager_id = excluded.manager_id
