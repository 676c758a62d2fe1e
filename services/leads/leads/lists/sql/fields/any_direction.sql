SELECT m.root, l.direction AS value FROM leads l JOIN card_members m ON m.id = l.customer_id
