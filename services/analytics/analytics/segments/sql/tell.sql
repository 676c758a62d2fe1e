-- What is being said of customers ($1): segments ($2), versions of their events ($3), shares ($4).
INSERT INTO segments_told AS t (customer_id, segment, version, share_percent)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::numeric[])
ON CONFLICT (customer_id) DO UPDATE
   SET segment = excluded.segment, version = excluded.version, share_percent = excluded.share_percent, told_at = now()
