-- kept
-- reads: persons, segment_standings, deals, leads
-- Customers registered by the end of the period who are in a segment; narrowed by it, and by what their leads and deals
-- are of.
SELECT person_id, direction, registered_at, g.segment
  FROM persons JOIN segment_standings g USING (person_id)
 WHERE registered_at < :end AND erased_at IS NULL AND :is_of(g.segment)
   AND (coalesce(:pipeline, :product, :channel, :campaign, :manager, :department) IS NULL
        OR person_id IN (SELECT person_id FROM deals)
        OR coalesce(:pipeline, :product) IS NULL AND person_id IN (SELECT person_id FROM leads))
