-- Managers as they are set up. is_seen: works in a line of business that the reader may see, or in all.
SELECT DISTINCT ON (h.manager_id) h.manager_id, h.department, h.is_active,
       :visible IS NULL OR h.directions = '{}' OR h.directions && :visible AS is_seen
  FROM :schema.manager_setups h WHERE :known(h) ORDER BY h.manager_id, h.version DESC
