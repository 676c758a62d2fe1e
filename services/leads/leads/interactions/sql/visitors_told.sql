-- Moves the streams of visitors on by so many events.
UPDATE visitors v SET version = v.version + g.events FROM unnest($1::uuid[], $2::integer[]) AS g(id, events)
 WHERE v.id = g.id RETURNING v.id, v.version
