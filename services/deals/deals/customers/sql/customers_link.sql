-- Cards that count as one with another ($2) from a version of their stream on; NULL: that stand alone again.
INSERT INTO customers AS c (customer_id, merged_into, merge_version)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[])
ON CONFLICT (customer_id) DO UPDATE SET merged_into = excluded.merged_into, merge_version = excluded.merge_version
 WHERE c.merge_version < excluded.merge_version
