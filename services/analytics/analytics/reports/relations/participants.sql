-- reads: roots
-- Who takes part in an event, at the stage reached last.
SELECT p.participation_id, p.marketing_event_id, coalesce(r.root_id, p.customer_id) AS person_id,
    p.organisation_id, p.stage
  FROM (SELECT DISTINCT ON (h.participation_id) h.* FROM :schema.participant_moves h
         WHERE :known(h) ORDER BY h.participation_id, h.version DESC) p
  LEFT JOIN roots r USING (customer_id)
