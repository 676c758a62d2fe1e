INSERT INTO contacts (customer_id, name, emails)
SELECT (data->>'customer_id')::uuid, data->>'name', ARRAY(SELECT jsonb_array_elements_text(data->'emails'))
  FROM batch
ON CONFLICT (customer_id) DO NOTHING
