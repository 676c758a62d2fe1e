-- How many e-mail addresses and phones a card got and lost.
SELECT h.customer_id, h.kind, h.change FROM :schema.customer_contact_changes h WHERE :known(h)
