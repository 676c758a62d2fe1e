INSERT INTO contacts (customer_id, name, emails, phones, messengers)
SELECT (data->>'customer_id')::uuid, data->>'name', ARRAY(SELECT jsonb_array_elements_text(data->'emails')),
       ARRAY(SELECT jsonb_array_elements_text(data->'phones')),
       ARRAY(SELECT jsonb_array_elements_text(data->'messengers'))
  FROM batch
ON CONFLICT (customer_id) DO NOTHING
