SELECT m.root, t.tag AS value FROM card_tags t JOIN card_members m ON m.id = t.card WHERE t.owner = 'customer'
