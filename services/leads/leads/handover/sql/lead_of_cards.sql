-- The lead that speaks for each card (members $1, their roots $2): an open one of the manager $3, else the newest.
SELECT DISTINCT ON (g.root) g.root, l.id, l.customer_id, l.version, l.status, l.direction, l.channel, l.intake, l.source,
       l.campaign, l.is_returning, l.is_test, l.manager_id, l.temperature, l.category
  FROM unnest($1::uuid[], $2::uuid[]) AS g(member, root) JOIN leads l ON l.customer_id = g.member
 ORDER BY g.root, (l.manager_id IS NOT DISTINCT FROM $3 AND l.status IN ('new', 'qualified')) DESC, l.captured_at DESC, l.id
