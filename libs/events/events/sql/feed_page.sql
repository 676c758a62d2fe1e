-- The next $3 events after the positions $2 of the shards $1, of the types $4 (all if null; of others only the place is
-- given, so that the cursor can pass them). A shard's events come in their order, shards are merged by recorded time;
-- the running maximum keeps that true of a clock that was set back.
WITH seen AS (
  SELECT e.shard, e.position, max(e.recorded_at) OVER (PARTITION BY e.shard ORDER BY e.position) AS at
    FROM unnest($1::smallint[], $2::bigint[]) AS c(shard, position)
   CROSS JOIN LATERAL (SELECT n.shard, n.position, n.recorded_at FROM events n
                        WHERE n.shard = c.shard AND n.position > c.position ORDER BY n.position LIMIT $3) e
   ORDER BY at, shard, position LIMIT $3
)
SELECT e.shard, e.position, t.wanted, e.id, e.stream_id, e.version, e.type, e.actor, e.occurred_at, e.recorded_at,
       e.correlation_id, e.causation_id, e.traceparent, CASE WHEN t.wanted THEN e.data END AS data
  FROM seen JOIN events e USING (shard, position)
 CROSS JOIN LATERAL (SELECT $4::text[] IS NULL OR e.type = ANY($4) AS wanted) t
 ORDER BY seen.at, e.shard, e.position
