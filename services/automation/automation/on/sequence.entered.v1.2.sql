UPDATE list_entries e SET outcome = 'entered' FROM batch b WHERE e.entry_id = (b.data->>'request_id')::uuid
