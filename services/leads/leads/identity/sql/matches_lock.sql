-- The matches of these cards with each other, in the order of their ids.
SELECT id, low, high, version, status, reasons, kinds, suggested_at, decided_at, decided_by
  FROM matches WHERE low = ANY($1::uuid[]) AND high = ANY($1::uuid[])
 ORDER BY id FOR UPDATE
