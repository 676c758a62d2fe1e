-- Cuts the links of these cards ($1, at version $2 from now on); answers with the times at which they were linked.
WITH given AS (
  SELECT * FROM unnest($1::uuid[], $2::integer[]) AS g(id, version)
), cut AS (
  UPDATE customers c SET merged_into = NULL, version = g.version FROM given g WHERE c.id = g.id
)
UPDATE merges m SET split_at = clock_timestamp(), split_by = $3
  FROM given g WHERE m.customer_id = g.id AND m.split_at IS NULL
RETURNING m.customer_id, m.merged_at
