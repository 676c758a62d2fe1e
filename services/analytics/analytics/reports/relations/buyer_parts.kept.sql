SELECT * FROM :schema.rolled_buyers WHERE day = ANY (:days)
