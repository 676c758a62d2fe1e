UPDATE manager_tasks t
   SET state = 'completed', result = b.data->>'result', completed_at = b.occurred_at, version = greatest(t.version, b.version)
  FROM batch b WHERE t.task_id = (b.data->>'task_id')::uuid
