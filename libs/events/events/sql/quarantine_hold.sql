-- Holds a consumer in the shards of the entries that are to be applied again, as its own batches do.
SELECT FROM watermarks w
 WHERE w.consumer = $1
   AND EXISTS (SELECT FROM quarantine q
                WHERE q.consumer = $1 AND q.source = w.source AND q.shard = w.shard
                  AND ($2::text[] IS NULL OR (q.source, q.shard, q.position) IN
                       (SELECT * FROM unnest($2::text[], $3::smallint[], $4::bigint[]))))
 ORDER BY w.source, w.shard FOR UPDATE
