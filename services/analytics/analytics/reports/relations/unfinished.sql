-- reads: leads, tasks, deals
-- What waits for managers: leads that nobody has judged, by when they were captured; tasks by when they are due; open
-- deals by when they were opened.
SELECT 'lead' AS what, captured_at AS at, manager_id, direction FROM leads WHERE is_open AND manager_id IS NOT NULL
UNION ALL SELECT 'task', due_at, manager_id, direction FROM tasks WHERE is_open AND manager_id IS NOT NULL
UNION ALL SELECT 'deal', opened_at, manager_id, direction FROM deals WHERE is_open AND manager_id IS NOT NULL
