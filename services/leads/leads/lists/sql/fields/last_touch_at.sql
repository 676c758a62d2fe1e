SELECT m.root, max(l.last_touch_at) AS value FROM leads l JOIN card_members m ON m.id = l.customer_id GROUP BY m.root
