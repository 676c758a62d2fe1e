-- The days asked for, from when until before when they are.
SELECT d.day, d.day::timestamp AT TIME ZONE :zone AS starts_at, (d.day + 1)::timestamp AT TIME ZONE :zone AS ends_at
  FROM unnest(:days) AS d (day)
