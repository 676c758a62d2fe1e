SELECT * FROM :schema.rolled_buyers
 WHERE day >= (:start AT TIME ZONE :zone)::date AND day < (:end AT TIME ZONE :zone)::date AND day <> ALL (:stale)
