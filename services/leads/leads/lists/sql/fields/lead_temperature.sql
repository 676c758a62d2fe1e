SELECT m.root, l.temperature AS value
  FROM leads l JOIN card_members m ON m.id = l.customer_id
 WHERE l.status IN ('new', 'qualified')
