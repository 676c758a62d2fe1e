SELECT m.root, count(t.touch_id) AS value
  FROM card_members m LEFT JOIN touches t ON t.customer_id = m.id
 GROUP BY m.root
