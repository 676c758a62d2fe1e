-- The days on which deals were ever expected to be concluded.
SELECT h.deal_id, h.expected_date FROM :schema.deal_close_expectations h WHERE :known(h)
