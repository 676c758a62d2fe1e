-- A match of cards that are both seen ($2), with the roots they count as and the one that was registered first.
SELECT m.*, m.id AS match_id, CASE WHEN h.registered_at < l.registered_at THEN high_root ELSE low_root END AS older_root
  FROM (SELECT *, root_of(low) AS low_root, root_of(high) AS high_root FROM matches WHERE id = $1) m
  JOIN customers l ON l.id = m.low_root JOIN customers h ON h.id = m.high_root
 WHERE card_is_seen(low_root, $2) AND card_is_seen(high_root, $2)
