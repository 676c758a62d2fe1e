SELECT m.root, count(d.deal_id) AS value
  FROM card_members m LEFT JOIN customer_deals d ON d.customer_id = m.id AND d.told AND d.state = 'won'
 GROUP BY m.root
