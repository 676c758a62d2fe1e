SELECT DISTINCT ON (m.root) m.root, l.campaign AS value
  FROM leads l JOIN card_members m ON m.id = l.customer_id
 ORDER BY m.root, l.captured_at, l.id
