-- Forgets, a thousand at a time, what is older than $2 days at $1. A visitor with a stream stays: he was a customer who
-- is erased, and his next view must find the version of the stream.
WITH old_views AS (
  DELETE FROM anonymous_views WHERE id IN (
    SELECT id FROM anonymous_views WHERE at < $1::timestamptz - make_interval(days => $2) ORDER BY at LIMIT 1000
    FOR UPDATE SKIP LOCKED)
), old_ids AS (
  DELETE FROM views_taken WHERE id IN (
    SELECT id FROM views_taken WHERE at < $1::timestamptz - make_interval(days => $2) ORDER BY at LIMIT 1000
    FOR UPDATE SKIP LOCKED)
)
DELETE FROM visitors WHERE id IN (
  SELECT id FROM visitors WHERE customer_id IS NULL AND version = 0 AND seen_at < $1::timestamptz - make_interval(days => $2)
  ORDER BY seen_at LIMIT 1000 FOR UPDATE SKIP LOCKED)
