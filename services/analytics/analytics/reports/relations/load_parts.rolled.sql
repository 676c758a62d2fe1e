SELECT * FROM :schema.rolled_loads WHERE day <> ALL (:stale) AND :seen(direction) AND :is(direction, direction)
