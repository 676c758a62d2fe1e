INSERT INTO manager_absences AS a (absence_id, manager_id, starts, ends, deputy_id)
SELECT DISTINCT ON (1) (data->>'absence_id')::uuid, data->>'manager_id', (data->>'starts')::timestamptz,
       (data->>'ends')::timestamptz, data->>'deputy_id'
  FROM batch ORDER BY 1, version DESC
ON CONFLICT (absence_id) DO UPDATE
   SET manager_id = excluded.manager_id, starts = excluded.starts, ends = excluded.ends, deputy_id = excluded.deputy_id
