SELECT * FROM :schema.rolled_earnings
 WHERE day >= (:start AT TIME ZONE :zone)::date AND day < (:end AT TIME ZONE :zone)::date AND day <> ALL (:stale)
   AND :seen(direction) AND :is(direction, direction)
