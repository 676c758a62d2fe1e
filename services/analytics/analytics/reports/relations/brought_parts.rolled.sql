SELECT * FROM :schema.rolled_brought
 WHERE day >= (:start AT TIME ZONE :zone)::date AND day < (:end AT TIME ZONE :zone)::date AND day <> ALL (:stale)
   AND counted_from < (:end AT TIME ZONE :zone)::date AND :seen(direction) AND :is(direction, direction)
   AND :seen(deal_direction) AND :is(direction, deal_direction)
