SELECT m.root, max(d.closed_at) AS value
  FROM customer_deals d JOIN card_members m ON m.id = d.customer_id WHERE d.told AND d.state = 'won'
 GROUP BY m.root
