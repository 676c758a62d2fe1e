-- How every question for the days of a calendar begins. $1 the zone, $2 and $3 the notes: their subjects and ids. links: which
-- cards were ever merged with which, either way: a person is all cards that were ever one.
WITH RECURSIVE notes AS (
  SELECT * FROM unnest($2::text[], $3::uuid[]) AS n (subject, subject_id) WHERE $1::text IS NOT NULL
), links AS MATERIALIZED (
  SELECT customer_id AS one, into_customer_id AS other FROM :schema.customer_merges WHERE into_customer_id IS NOT NULL
  UNION
  SELECT into_customer_id, customer_id FROM :schema.customer_merges WHERE into_customer_id IS NOT NULL
)
