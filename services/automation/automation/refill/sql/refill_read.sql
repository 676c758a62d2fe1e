-- How far it is, of how many events that the consumer has applied.
SELECT r.state, r.events, r.failed, r.missing, r.asked_at, r.finished_at,
       r.accepted, r.accepted_at, r.accepted_by, r.accepted_because,
       (SELECT coalesce(sum(w.position), 0)::bigint FROM watermarks w WHERE w.consumer = r.consumer) AS applied
  FROM refills r WHERE r.consumer = $1
