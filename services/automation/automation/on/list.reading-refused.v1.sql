UPDATE list_readings r SET state = 'refused', reason = b.data->>'code'
  FROM batch b WHERE r.request_id = (b.data->>'request_id')::uuid
