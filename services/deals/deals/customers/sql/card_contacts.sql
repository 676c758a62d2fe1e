-- The contacts that are there, of each kind the preferred one first, then as they were told.
SELECT customer_id, kind, value FROM customer_contacts
 WHERE customer_id = ANY($1::uuid[]) AND added_version > removed_version
 ORDER BY customer_id, kind, preferred_version DESC, added_version, value
