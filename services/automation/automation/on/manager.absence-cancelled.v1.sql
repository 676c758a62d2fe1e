INSERT INTO manager_absences AS a (absence_id, cancelled) SELECT DISTINCT (data->>'absence_id')::uuid, true FROM batch
ON CONFLICT (absence_id) DO UPDATE SET cancelled = true
