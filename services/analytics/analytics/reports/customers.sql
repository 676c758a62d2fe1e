-- reads: persons, person_contacts, deals, leads, segments
-- Customers are narrowed by their segment, and by what their leads and deals are of.
SELECT direction, count(*) AS customers,
       count(*) FILTER (WHERE registered_at >= :start AND registered_at < :end) AS new_customers,
       count(*) FILTER (WHERE c.emails > 0) AS with_email, coalesce(sum(c.emails), 0) AS emails,
       count(*) FILTER (WHERE c.phones > 0) AS with_phone, count(*) FILTER (WHERE d.is_buyer) AS buyers,
       count(*) FILTER (WHERE d.is_in_work) AS in_work,
           count(*) FILTER (WHERE d.is_monitored AND NOT d.is_in_work) AS monitored
  FROM persons
  LEFT JOIN person_contacts c USING (person_id)
  LEFT JOIN (SELECT person_id, bool_or(stage_kind = 'won') AS is_buyer, bool_or(stage_kind = 'open') AS is_in_work,
                    bool_or(stage_kind = 'nurture') AS is_monitored FROM deals GROUP BY 1) d USING (person_id)
  LEFT JOIN segments g USING (person_id)
 WHERE registered_at < :end AND erased_at IS NULL AND :is_of(g.segment)
   AND (coalesce(:pipeline, :product, :channel, :campaign, :manager, :department) IS NULL
        OR person_id IN (SELECT person_id FROM deals)
        OR coalesce(:pipeline, :product) IS NULL AND person_id IN (SELECT person_id FROM leads))
 GROUP BY 1
 ORDER BY customers DESC, 1 NULLS LAST
