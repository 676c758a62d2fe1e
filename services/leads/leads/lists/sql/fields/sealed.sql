SELECT m.root, v.field, v.blind_index AS value FROM value_indexes v JOIN card_members m ON m.id = v.card
