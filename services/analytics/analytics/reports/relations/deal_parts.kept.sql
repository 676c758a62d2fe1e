SELECT * FROM :schema.rolled_deals WHERE day = ANY (:days)
