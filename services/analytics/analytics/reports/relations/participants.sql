-- reads: roots, segments, chosen
-- Who takes part in an event, at the stage reached last; by the segment of the person, and by what his leads and deals are of.
SELECT p.participation_id, p.marketing_event_id, coalesce(r.root_id, p.customer_id) AS person_id, p.organisation_id, p.stage
  FROM (SELECT DISTINCT ON (h.participation_id) h.* FROM :schema.participant_moves h
         WHERE :known(h) ORDER BY h.participation_id, h.version DESC) p
  LEFT JOIN roots r USING (customer_id)
  LEFT JOIN segments g ON g.person_id = coalesce(r.root_id, p.customer_id)
 WHERE :is_of(g.segment) AND :is_chosen(coalesce(r.root_id, p.customer_id))
