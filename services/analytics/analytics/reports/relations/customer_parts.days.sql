-- reads: spans, persons, roots, card_contacts, deals
-- Customers registered on the days, counted by what a report asks of each. Keys are asked for as an array, of which the
-- planner believes that it is short: so it looks up contacts and deals of these alone.
WITH people AS MATERIALIZED (
  SELECT s.day, p.person_id, p.registered_at, p.direction
    FROM spans s JOIN persons p ON p.registered_at >= s.starts_at AND p.registered_at < s.ends_at
   WHERE p.erased_at IS NULL AND p.registered_at < :end
), cards AS MATERIALIZED (
  SELECT person_id, person_id AS customer_id FROM people
  UNION ALL
  SELECT p.person_id, r.customer_id FROM people p JOIN roots r ON r.root_id = p.person_id
), contacts_of AS (
  SELECT c.person_id, sum(h.change) FILTER (WHERE h.kind = 'email') AS emails,
         sum(h.change) FILTER (WHERE h.kind = 'phone') AS phones
    FROM cards c JOIN card_contacts h USING (customer_id)
   WHERE h.customer_id = ANY (ARRAY(SELECT customer_id FROM cards)) GROUP BY 1
), deals_of AS (
  SELECT c.person_id, :directions(won), :directions(open), :directions(nurture)
    FROM cards c JOIN deals d ON d.customer_id = c.customer_id
   WHERE d.customer_id = ANY (ARRAY(SELECT customer_id FROM cards)) GROUP BY 1
)
SELECT day, registered_at >= :start AS is_new, direction, coalesce(emails, 0) > 0 AS has_email,
       coalesce(phones, 0) > 0 AS has_phone, coalesce(won_directions, '{}') AS won_directions,
       coalesce(open_directions, '{}') AS open_directions, coalesce(nurture_directions, '{}') AS nurture_directions,
       count(*) AS customers, coalesce(sum(greatest(0, emails)), 0) AS emails
  FROM people LEFT JOIN contacts_of USING (person_id) LEFT JOIN deals_of USING (person_id)
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
