SELECT * FROM (
  SELECT day, day >= (:start AT TIME ZONE :zone)::date AS is_new, direction, has_email, has_phone,
         :narrowed(won_directions), :narrowed(open_directions), :narrowed(nurture_directions), customers, emails
    FROM :schema.rolled_customers
   WHERE day < (:end AT TIME ZONE :zone)::date AND day <> ALL (:stale)
     AND :seen(direction) AND :is(direction, direction)) rolled
