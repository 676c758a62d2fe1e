SELECT day, channel, direction, deal_direction, currency, amount
  FROM :schema.rolled_money
 WHERE day >= (:start AT TIME ZONE :zone)::date AND day < (:end AT TIME ZONE :zone)::date AND day <> ALL (:stale)
   AND :seen(direction) AND :seen(deal_direction) AND :is(direction, direction) AND :is(channel, channel)
