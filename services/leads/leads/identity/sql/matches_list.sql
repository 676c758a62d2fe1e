-- Matches that are still open, or were dismissed, of cards that are not one by now and are both seen.
SELECT id AS match_id, low, high, version, status, reasons, kinds, strength, suggested_at, decided_at, decided_by,
       low_root, high_root
  FROM (SELECT *, root_of(low) AS low_root, root_of(high) AS high_root FROM matches
         WHERE status = $1
           AND ($2::text IS NULL OR $2 = ANY(reasons))
           AND strength >= $3
           AND ($4::uuid[] IS NULL OR low = ANY($4) OR high = ANY($4))
           AND ($5::timestamptz IS NULL OR (suggested_at, id) < ($5, $6::uuid))) m
 WHERE low_root <> high_root AND card_is_seen(low_root, $7) AND card_is_seen(high_root, $7)
 ORDER BY suggested_at DESC, id DESC
 LIMIT $8
