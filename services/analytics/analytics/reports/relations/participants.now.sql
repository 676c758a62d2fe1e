-- reads: roots, segments, chosen
-- Who takes part in an event, at the stage reached last; by the segment of the person, and by what his leads and deals are of.
SELECT p.participation_id, p.marketing_event_id, coalesce(r.root_id, p.customer_id) AS person_id, p.organisation_id, p.stage
  FROM :schema.participant_moves p
  LEFT JOIN roots r USING (customer_id)
  LEFT JOIN segments g ON g.person_id = coalesce(r.root_id, p.customer_id)
 WHERE NOT EXISTS (SELECT FROM :schema.participant_moves n
                    WHERE n.participation_id = p.participation_id AND n.version > p.version)
   AND :is_of(g.segment) AND :is_chosen(coalesce(r.root_id, p.customer_id))
