DELETE FROM planned_contacts p USING batch b WHERE p.customer_id = (b.data->>'customer_id')::uuid
