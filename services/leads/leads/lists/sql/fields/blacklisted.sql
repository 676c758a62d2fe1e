-- Of all members the latest decision counts.
SELECT DISTINCT ON (m.root) m.root, b.listed AS value
  FROM black_list b JOIN card_members m ON m.id = b.customer_id
 ORDER BY m.root, b.decided_at DESC
