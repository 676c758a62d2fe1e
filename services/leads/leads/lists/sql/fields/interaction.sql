-- Contacts that took place.
SELECT m.root, i.kind, i.result, i.at
  FROM interactions i JOIN card_members m ON m.id = i.customer_id
 WHERE i.state IN ('registered', 'concluded')
