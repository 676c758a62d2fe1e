SELECT * FROM :schema.rolled_needs
 WHERE day >= (:start AT TIME ZONE :zone)::date AND day < (:end AT TIME ZONE :zone)::date AND day <> ALL (:stale)
