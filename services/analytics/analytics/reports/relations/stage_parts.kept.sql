SELECT * FROM :schema.rolled_stages WHERE day = ANY (:days)
