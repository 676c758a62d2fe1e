-- reads: deals
-- Deals won or lost since the period began, by who is responsible: how many in it, what was sold, and when the last was.
SELECT (stage_at AT TIME ZONE :zone)::date AS day, manager_id, direction, currency,
       count(*) FILTER (WHERE stage_at < :end AND stage_kind = 'won') AS won,
       count(*) FILTER (WHERE stage_at < :end AND stage_kind = 'lost') AS lost,
       sum(amount) FILTER (WHERE stage_at < :end AND stage_kind = 'won') AS amount, max(stage_at) AS last_at
  FROM deals WHERE stage_kind IN ('won', 'lost') AND stage_at >= :start AND manager_id IS NOT NULL GROUP BY 1, 2, 3, 4
