SELECT m.root, m.direction AS value FROM card_members m
