-- Segments of customers; who has none is casual.
SELECT NULL::uuid AS person_id, NULL::text AS segment WHERE false
