SELECT day, channel, direction, touches, repeats
  FROM :schema.rolled_requests
 WHERE day >= (:start AT TIME ZONE :zone)::date AND day < (:end AT TIME ZONE :zone)::date AND day <> ALL (:stale)
   AND :seen(direction) AND :is(direction, direction) AND :is(channel, channel)
