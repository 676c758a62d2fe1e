SELECT * FROM :schema.rolled_open WHERE day = ANY (:days)
