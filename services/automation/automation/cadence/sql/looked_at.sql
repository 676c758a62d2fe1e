-- When customers are to be looked at again (NULL: when something has changed), and after which contact they were told of.
UPDATE contact_cadence c SET looks_at = n.looks_at, told_for = coalesce(n.told_for, c.told_for)
  FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS n(customer_id, looks_at, told_for)
 WHERE c.customer_id = n.customer_id
