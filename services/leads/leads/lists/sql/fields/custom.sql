SELECT m.root, v.field, v.value FROM card_values v JOIN card_members m ON m.id = v.card WHERE v.owner = 'customer'
