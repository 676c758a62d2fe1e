SELECT * FROM :schema.rolled_members
 WHERE day < (:end AT TIME ZONE :zone)::date AND day <> ALL (:stale) AND :seen(direction) AND :is(direction, direction)
