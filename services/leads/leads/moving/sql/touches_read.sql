SELECT touch_id, lead_id, customer_id FROM touches WHERE touch_id = ANY($1::uuid[])
