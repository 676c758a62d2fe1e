-- Events of the streams $1, and those between the positions $2 and $3 of each shard that have one of $1 as their own id, as
-- what caused them, or as the story they belong to. At most $4, in the order in which they were recorded.
WITH found AS (
  SELECT e.shard, e.position FROM events e WHERE e.stream_id = ANY ($1::uuid[])
  UNION
  SELECT e.shard, e.position
    FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS w(after, until, number)
    JOIN events e ON e.shard = w.number - 1 AND e.position > w.after AND e.position <= w.until
   WHERE e.id = ANY ($1) OR e.correlation_id = ANY ($1) OR e.causation_id = ANY ($1)
)
SELECT e.shard, e.position, e.id, e.stream_id, e.version, e.type, e.actor, e.occurred_at, e.recorded_at,
       e.correlation_id, e.causation_id, e.traceparent, e.data
  FROM found JOIN events e USING (shard, position) ORDER BY e.recorded_at, e.shard, e.position LIMIT $4
