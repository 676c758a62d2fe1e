-- Missed calls that a later talk with the same person has made up for, where either of the two is among the calls $1. The
-- same person: the same phone, or a card of the same tree.
WITH RECURSIVE given AS (
  SELECT id, at, phone_index, callback, call ->> 'result' AS result, root_of(customer_id) AS root
    FROM interactions WHERE id = ANY($1::uuid[])
), tree AS (
  SELECT DISTINCT root AS id, root FROM given WHERE root IS NOT NULL
  UNION ALL
  SELECT c.id, t.root FROM tree t JOIN customers c ON c.merged_into = t.id
), met AS (
  SELECT g.id AS given_id, i.id, i.at, i.callback, i.call ->> 'result' AS result
    FROM given g JOIN interactions i ON i.phone_index = g.phone_index WHERE i.kind = 'call'
  UNION
  SELECT g.id, i.id, i.at, i.callback, i.call ->> 'result'
    FROM given g JOIN tree t ON t.root = g.root JOIN interactions i ON i.customer_id = t.id WHERE i.kind = 'call'
), pairs AS (
  SELECT g.id, m.id AS by_id, m.at FROM given g JOIN met m ON m.given_id = g.id
   WHERE g.callback = 'due' AND m.result = 'answered' AND m.at > g.at
  UNION ALL
  SELECT m.id, g.id, g.at FROM given g JOIN met m ON m.given_id = g.id
   WHERE m.callback = 'due' AND g.result = 'answered' AND m.at < g.at
), first AS (
  SELECT DISTINCT ON (id) id, by_id, at FROM pairs ORDER BY id, at, by_id
)
UPDATE interactions i SET callback = 'done', returned_by = f.by_id, version = i.version + 1
  FROM first f WHERE i.id = f.id AND i.callback = 'due'
RETURNING i.id, f.by_id, i.version, i.customer_id, f.at
