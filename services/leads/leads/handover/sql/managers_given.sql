-- Those who got work go to the end of the queue, in the order of their last turn.
UPDATE managers m SET turn = g.turn, last_assigned_at = $2
  FROM (SELECT id, nextval('assignment_turns') AS turn FROM unnest($1::text[]) WITH ORDINALITY AS u(id, n)
         ORDER BY n) g
 WHERE m.id = g.id
