SELECT * FROM :schema.rolled_traits
 WHERE day >= (:start AT TIME ZONE :zone)::date AND day < (:end AT TIME ZONE :zone)::date AND day <> ALL (:stale)
