SELECT day, manager_id, direction, CASE WHEN day < (:end AT TIME ZONE :zone)::date THEN done ELSE 0 END AS done,
       CASE WHEN day < (:end AT TIME ZONE :zone)::date THEN late ELSE 0 END AS late, last_at
  FROM :schema.rolled_done
 WHERE day >= (:start AT TIME ZONE :zone)::date AND day <> ALL (:stale) AND :seen(direction) AND :is(direction, direction)
