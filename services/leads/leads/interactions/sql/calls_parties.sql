-- Whose phones (blind indexes $1) these are, and whom these commands ($2) are about, each with the open lead of the card.
WITH found AS (
  SELECT blind_index AS found, customer_id, NULL::text AS manager_id, NULL::text AS direction
    FROM identities WHERE blind_index = ANY($1::uuid[])
  UNION ALL
  SELECT id, customer_id, manager_id, direction FROM call_commands WHERE id = ANY($2::uuid[])
)
SELECT f.found, f.customer_id, l.id AS lead_id, coalesce(f.manager_id, l.manager_id) AS manager_id,
       coalesce(f.direction, l.direction, c.direction) AS direction
  FROM found f JOIN customers c ON c.id = f.customer_id
  LEFT JOIN leads l ON l.customer_id = f.customer_id AND l.status IN ('new', 'qualified')
