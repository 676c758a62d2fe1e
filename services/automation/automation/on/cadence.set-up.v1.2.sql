UPDATE contact_cadence SET looks_at = now() WHERE EXISTS (SELECT version FROM batch)
