-- How the customer can be reached; on the black list if any member of the card is.
WITH RECURSIVE roots AS (
  SELECT $1::uuid AS id
   UNION
  SELECT m.into_customer_id FROM merged_cards m JOIN roots r ON m.customer_id = r.id WHERE m.into_customer_id IS NOT NULL
), card AS (
  SELECT id FROM roots
   UNION
  SELECT m.customer_id FROM merged_cards m JOIN card c ON m.into_customer_id = c.id
)
SELECT name, emails, phones, messengers, preferred, erased,
       EXISTS (SELECT FROM contacts b JOIN card c ON b.customer_id = c.id WHERE b.black_listed) AS black_listed
  FROM contacts WHERE customer_id = $1
