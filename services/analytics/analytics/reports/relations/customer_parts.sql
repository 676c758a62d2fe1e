-- reads: persons, person_contacts, deals, segments, chosen
-- Customers registered by the end of the period, counted by what a report asks of each; narrowed by their segment, and by
-- what their leads and deals are of. won_directions: the lines of business of their won deals.
SELECT (registered_at AT TIME ZONE :zone)::date AS day, registered_at >= :start AS is_new, direction,
       coalesce(c.emails, 0) > 0 AS has_email, coalesce(c.phones, 0) > 0 AS has_phone,
       coalesce(d.won_directions, '{}') AS won_directions, coalesce(d.open_directions, '{}') AS open_directions,
       coalesce(d.nurture_directions, '{}') AS nurture_directions, count(*) AS customers,
       coalesce(sum(c.emails), 0) AS emails
  FROM persons
  LEFT JOIN person_contacts c USING (person_id)
  LEFT JOIN (SELECT person_id, :directions(won), :directions(open), :directions(nurture) FROM deals GROUP BY 1) d
    USING (person_id)
  LEFT JOIN segments g USING (person_id)
 WHERE registered_at < :end AND erased_at IS NULL AND :is_of(g.segment)
   AND :is_chosen(person_id)
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
