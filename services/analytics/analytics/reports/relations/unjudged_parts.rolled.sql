SELECT day, manager_id, direction, open_leads
  FROM :schema.rolled_unjudged WHERE day <> ALL (:stale) AND :seen(direction) AND :is(direction, direction)
