SELECT * FROM :schema.rolled_leads WHERE day = ANY (:days)
