-- reads: roots, card_contacts
-- How many valid e-mail addresses and phones a person has; leads lets no other in.
SELECT coalesce(r.root_id, h.customer_id) AS person_id,
       greatest(0, coalesce(sum(h.change) FILTER (WHERE h.kind = 'email'), 0)) AS emails,
       greatest(0, coalesce(sum(h.change) FILTER (WHERE h.kind = 'phone'), 0)) AS phones
  FROM card_contacts h LEFT JOIN roots r ON r.customer_id = h.customer_id
 GROUP BY 1
