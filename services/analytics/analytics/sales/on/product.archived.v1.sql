INSERT INTO products AS p (product_id, is_archived, archived_version)
SELECT (data->>'product_id')::uuid, true, max(version) FROM batch GROUP BY 1
ON CONFLICT (product_id) DO UPDATE
   SET is_archived = excluded.is_archived, archived_version = excluded.archived_version, updated_at = clock_timestamp()
 WHERE (p.archived_version > excluded.archived_version) IS NOT TRUE
