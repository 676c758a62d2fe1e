-- What a batch of decisions leaves behind: leads with their managers, and the managers' last leads.
WITH assigned AS (
  UPDATE leads l SET version = g.version, manager_id = g.manager_id, taken_at = NULL
    FROM unnest($1::uuid[], $2::integer[], $3::text[]) AS g(id, version, manager_id) WHERE l.id = g.id
)
UPDATE managers m SET turn = g.turn, last_assigned_at = $4
  FROM (SELECT id, max(n) AS turn
          FROM (SELECT g.id, nextval('assignment_turns') AS n FROM unnest($3::text[]) AS g(id)) numbered GROUP BY 1) g
 WHERE m.id = g.id
