SELECT * FROM :schema.rolled_pauses WHERE day <> ALL (:stale)
