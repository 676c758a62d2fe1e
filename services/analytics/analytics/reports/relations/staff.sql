-- Managers as they are set up.
SELECT DISTINCT ON (h.manager_id) h.manager_id, h.department, h.is_active
  FROM :schema.manager_setups h WHERE :known(h) ORDER BY h.manager_id, h.version DESC
