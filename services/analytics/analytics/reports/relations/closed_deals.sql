-- reads: deals
-- Deals won or lost in the period.
SELECT *, (stage_at AT TIME ZONE :zone)::date AS day
  FROM deals WHERE stage_kind IN ('won', 'lost') AND stage_at >= :start AND stage_at < :end
