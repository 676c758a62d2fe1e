SELECT * FROM :schema.rolled_requests WHERE day = ANY (:days)
