SELECT m.root, t.intake AS value FROM touches t JOIN card_members m ON m.id = t.customer_id
