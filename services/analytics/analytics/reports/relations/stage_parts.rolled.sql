SELECT day, channel, direction, deal_direction, pipeline, stage, kind, entered, now_there, moved_on, won, lost, stays, waits,
       hours_over
  FROM :schema.rolled_stages
 WHERE day >= (:start AT TIME ZONE :zone)::date AND day < (:end AT TIME ZONE :zone)::date AND day <> ALL (:stale)
   AND :seen(direction) AND :seen(deal_direction) AND :is(direction, direction) AND :is(channel, channel)
