SELECT m.root, t.campaign AS value FROM touches t JOIN card_members m ON m.id = t.customer_id
