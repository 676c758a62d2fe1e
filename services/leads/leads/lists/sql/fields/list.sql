SELECT m.root, l.list_id AS value FROM list_members l JOIN card_members m ON m.id = l.customer_id
