SELECT * FROM (
  SELECT day, manager_id, :narrowed(directions), customers
    FROM :schema.rolled_reached
   WHERE day >= (:start AT TIME ZONE :zone)::date AND day < (:end AT TIME ZONE :zone)::date AND day <> ALL (:stale)) rolled
 WHERE directions <> '{}'
