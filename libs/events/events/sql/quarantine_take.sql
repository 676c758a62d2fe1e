-- Quarantined events of a consumer in the order of their shards: those of the places given, discarded or not, or all that
-- were not discarded.
SELECT * FROM quarantine
 WHERE consumer = $1
   AND CASE WHEN $2::text[] IS NULL THEN discarded_at IS NULL
            ELSE (source, shard, position) IN (SELECT * FROM unnest($2::text[], $3::smallint[], $4::bigint[])) END
 ORDER BY source, shard, position FOR UPDATE
