-- Who answers for the card: the manager said for the root, else for the first member by id who has one, else the manager
-- of the newest lead.
SELECT DISTINCT ON (s.root) s.root, s.manager_id AS value
  FROM (
    SELECT m.root, m.manager_id, m.id <> m.root AS is_member, m.id, NULL::timestamptz AS at, NULL::uuid AS lead_id
      FROM card_members m WHERE m.manager_id IS NOT NULL
    UNION ALL
    SELECT m.root, l.manager_id, NULL, NULL, l.captured_at, l.id
      FROM leads l JOIN card_members m ON m.id = l.customer_id WHERE l.manager_id IS NOT NULL
  ) s
 ORDER BY s.root, s.is_member, s.id, s.at DESC, s.lead_id DESC
