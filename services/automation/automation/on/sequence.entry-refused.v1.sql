UPDATE list_entries e SET outcome = b.data->>'reason' FROM batch b WHERE e.entry_id = (b.data->>'request_id')::uuid
