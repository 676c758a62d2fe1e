-- Every request; its line of business is that of the lead it came to.
SELECT m.root, t.channel, t.intake, t.source, t.campaign, l.direction, t.occurred_at AS at
  FROM touches t JOIN leads l ON l.id = t.lead_id JOIN card_members m ON m.id = t.customer_id
