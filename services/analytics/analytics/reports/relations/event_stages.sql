-- What participants of an event go through; the last of its stages is to be there.
SELECT DISTINCT ON (h.marketing_event_id) h.marketing_event_id, h.stages[cardinality(h.stages)] AS last_stage
  FROM :schema.marketing_event_changes h
 WHERE :known(h) AND h.change IN ('planned', 'changed') ORDER BY h.marketing_event_id, h.version DESC
