SELECT m.root, d.pipeline AS value
  FROM customer_deals d JOIN card_members m ON m.id = d.customer_id WHERE d.told AND d.state = 'open'
