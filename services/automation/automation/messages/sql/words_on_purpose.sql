-- What all members of the customer's card said on a purpose.
WITH RECURSIVE roots AS (
  SELECT $1::uuid AS id
   UNION
  SELECT m.into_customer_id FROM merged_cards m JOIN roots r ON m.customer_id = r.id WHERE m.into_customer_id IS NOT NULL
), card AS (
  SELECT id FROM roots
   UNION
  SELECT m.customer_id FROM merged_cards m JOIN card c ON m.into_customer_id = c.id
)
SELECT w.channel, w.at, w.given FROM consents w JOIN card c ON w.customer_id = c.id WHERE w.purpose = $2
