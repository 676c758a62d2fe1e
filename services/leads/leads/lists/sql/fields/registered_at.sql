SELECT m.root, min(m.registered_at) AS value FROM card_members m GROUP BY m.root
