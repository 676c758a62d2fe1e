-- Missed calls that a later talk with the same person has made up for, where either of the two is among the calls $1.
WITH given AS (
  SELECT id, at, customer_id, phone_index, callback, call ->> 'result' AS result FROM interactions WHERE id = ANY($1::uuid[])
), pairs AS (
  SELECT g.id, t.id AS by_id, t.at FROM given g JOIN interactions t ON t.phone_index = g.phone_index
   WHERE g.callback = 'due' AND t.kind = 'call' AND t.at > g.at AND t.call ->> 'result' = 'answered'
  UNION ALL
  SELECT g.id, t.id, t.at FROM given g JOIN interactions t ON t.customer_id = g.customer_id
   WHERE g.callback = 'due' AND t.kind = 'call' AND t.at > g.at AND t.call ->> 'result' = 'answered'
  UNION ALL
  SELECT m.id, g.id, g.at FROM given g JOIN interactions m ON m.phone_index = g.phone_index
   WHERE m.callback = 'due' AND g.result = 'answered' AND m.at < g.at
  UNION ALL
  SELECT m.id, g.id, g.at FROM given g JOIN interactions m ON m.customer_id = g.customer_id
   WHERE m.callback = 'due' AND g.result = 'answered' AND m.at < g.at
), first AS (
  SELECT DISTINCT ON (id) id, by_id, at FROM pairs ORDER BY id, at, by_id
)
UPDATE interactions i SET callback = 'done', returned_by = f.by_id, version = i.version + 1
  FROM first f WHERE i.id = f.id AND i.callback = 'due'
RETURNING i.id, f.by_id, i.version, i.customer_id, f.at
