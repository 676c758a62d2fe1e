UPDATE questionnaire_answers a SET texts = '{}' FROM batch b WHERE a.customer_id = (b.data->>'customer_id')::uuid
