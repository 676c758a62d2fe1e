SELECT * FROM (
  SELECT day, channel, direction, is_qualified,
         CASE WHEN :visible IS NULL THEN deal_directions
              ELSE ARRAY(SELECT d FROM unnest(deal_directions) AS d WHERE :seen_part(d)) END AS deal_directions,
         CASE WHEN :visible IS NULL THEN won_directions
              ELSE ARRAY(SELECT d FROM unnest(won_directions) AS d WHERE :seen_part(d)) END AS won_directions, leads
    FROM :schema.rolled_leads
   WHERE day >= (:start AT TIME ZONE :zone)::date AND day < (:end AT TIME ZONE :zone)::date AND day <> ALL (:stale)
     AND :seen(direction) AND :is(direction, direction) AND :is(channel, channel)) rolled
