SELECT day, manager_id, direction, currency, CASE WHEN day < (:end AT TIME ZONE :zone)::date THEN won ELSE 0 END AS won,
       CASE WHEN day < (:end AT TIME ZONE :zone)::date THEN lost ELSE 0 END AS lost,
       CASE WHEN day < (:end AT TIME ZONE :zone)::date THEN amount END AS amount, last_at
  FROM :schema.rolled_closings
 WHERE day >= (:start AT TIME ZONE :zone)::date AND day <> ALL (:stale) AND :seen(direction) AND :is(direction, direction)
