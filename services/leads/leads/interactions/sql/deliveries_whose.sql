-- Whom our messages ($1) were for, as automation was heard to say, and whose these contacts ($2, blind indexes) are.
SELECT DISTINCT ON (h.stream_id) h.stream_id AS message_id, NULL::uuid AS blind_index, h.customer_id
  FROM heard h WHERE h.stream_id = ANY($1::uuid[])
UNION ALL
SELECT NULL, i.blind_index, i.customer_id FROM identities i WHERE i.blind_index = ANY(in_form($2::uuid[]))
