SELECT i.id AS import_id, i.*, i.actor AS created_by,
       (SELECT coalesce(json_agg(json_build_object('reason', reason, 'rows', n) ORDER BY n DESC, reason), '[]')
          FROM (SELECT reason, count(*) AS n FROM import_rejects WHERE import_id = i.id
                 GROUP BY reason ORDER BY n DESC, reason LIMIT 50) r) AS reasons
  FROM imports i WHERE i.id = $1
