-- The days on which anything happened to what the notes name, now or by a history that has changed since, and those of the
-- contacts that have their line of business of it; and the days on which the leads were captured that have to do with it: a
-- contact answers all leads of its customer, and a request counts on the way to the payments of everybody who was ever one
-- person with who made it. Requests and contacts count for the deals that were won after them. How many deals were paid for
-- in a period is told by when they were before.
payments_of AS (
  SELECT subject_id AS payment_id FROM notes WHERE subject = 'payment'
  UNION
  SELECT m.payment_id FROM notes JOIN :schema.payment_matches m ON m.deal_id = subject_id WHERE subject = 'deal'
), deals_of AS (
  SELECT subject_id AS deal_id FROM notes WHERE subject IN ('deal', 'terms')
  UNION
  SELECT m.deal_id FROM payments_of JOIN :schema.payment_matches m USING (payment_id)
), receipts_of AS (
  SELECT payment_id FROM payments_of
  UNION
  SELECT m.payment_id FROM deals_of JOIN :schema.payment_matches m USING (deal_id)
), leads_of AS (
  SELECT subject_id AS lead_id FROM notes WHERE subject = 'lead'
), contacts_of AS (
  SELECT i.took_place_at, i.planned_at FROM leads_of JOIN :schema.interactions i USING (lead_id)
  UNION
  SELECT i.took_place_at, i.planned_at
    FROM leads_of JOIN :schema.deals d USING (lead_id) JOIN :schema.interactions i USING (deal_id)
  UNION
  SELECT i.took_place_at, i.planned_at FROM deals_of JOIN :schema.interactions i USING (deal_id)
  UNION
  SELECT i.took_place_at, i.planned_at
    FROM notes JOIN :schema.interactions i ON i.customer_id = subject_id WHERE subject = 'customer'
), tasks_of AS (
  SELECT subject_id AS task_id FROM notes WHERE subject = 'task'
  UNION
  SELECT t.task_id FROM leads_of JOIN :schema.tasks t USING (lead_id)
  UNION
  SELECT t.task_id FROM leads_of JOIN :schema.deals d USING (lead_id) JOIN :schema.tasks t USING (deal_id)
  UNION
  SELECT t.task_id FROM deals_of JOIN :schema.tasks t USING (deal_id)
  UNION
  SELECT t.task_id FROM notes JOIN :schema.tasks t ON t.customer_id = subject_id WHERE subject = 'customer'
), contacts_told AS (
  SELECT h.customer_id, h.deal_id, h.lead_id, least(h.occurred_at, h.planned_at) AS since
    FROM notes JOIN :schema.interaction_changes h ON h.interaction_id = subject_id WHERE subject = 'contact'
), cards AS (
  SELECT customer_id, since
    FROM (SELECT l.customer_id, l.captured_at AS since FROM leads_of JOIN :schema.leads l USING (lead_id)
          UNION
          SELECT t.customer_id, t.touched_at FROM leads_of JOIN :schema.touches t USING (lead_id)
          UNION
          SELECT customer_id, since FROM contacts_told
          UNION
          SELECT subject_id, '-infinity' FROM notes WHERE subject = 'card') concerned
   WHERE customer_id IS NOT NULL
  UNION
  SELECT l.other, c.since FROM cards c JOIN links l ON l.one = c.customer_id
), happened AS (
  SELECT l.captured_at AS at FROM cards JOIN :schema.leads l USING (customer_id)
  UNION ALL
  SELECT l.captured_at FROM notes JOIN :schema.leads l ON l.lead_id = subject_id WHERE subject IN ('lead', 'assignment')
  UNION ALL
  SELECT l.captured_at FROM deals_of JOIN :schema.deals d USING (deal_id) JOIN :schema.leads l USING (lead_id)
  UNION ALL SELECT t.touched_at FROM leads_of JOIN :schema.touches t USING (lead_id)
  UNION ALL SELECT h.occurred_at FROM leads_of JOIN :schema.lead_status_changes h USING (lead_id)
  UNION ALL SELECT d.opened_at FROM deals_of JOIN :schema.deals d USING (deal_id)
  UNION ALL SELECT h.occurred_at FROM deals_of JOIN :schema.deal_stage_changes h USING (deal_id)
  UNION ALL SELECT p.received_at FROM receipts_of JOIN :schema.payments p USING (payment_id)
  UNION ALL SELECT h.occurred_at FROM receipts_of JOIN :schema.payment_refunds h USING (payment_id)
  UNION ALL
  SELECT m.at
    FROM notes JOIN :schema.interaction_changes h ON h.interaction_id = subject_id
   CROSS JOIN LATERAL (VALUES (h.occurred_at), (h.planned_at)) AS m (at)
   WHERE subject = 'contact'
  UNION ALL
  SELECT m.at FROM contacts_of CROSS JOIN LATERAL (VALUES (took_place_at), (planned_at)) AS m (at)
  UNION ALL
  SELECT i.took_place_at FROM cards c JOIN :schema.interactions i USING (customer_id) WHERE c.since = '-infinity'
  UNION ALL
  SELECT m.at
    FROM tasks_of JOIN :schema.task_changes h USING (task_id)
   CROSS JOIN LATERAL (VALUES (h.due_at), (CASE WHEN h.change = 'completed' THEN h.occurred_at END)) AS m (at)
  UNION ALL
  SELECT h.occurred_at
    FROM (SELECT d.deal_id, c.since FROM cards c JOIN :schema.deals d USING (customer_id)
          UNION
          SELECT deal_id, since FROM contacts_told
          UNION
          SELECT d.deal_id, c.since FROM contacts_told c JOIN :schema.deals d USING (lead_id)) ways
    JOIN :schema.deal_stage_changes h USING (deal_id) WHERE h.kind = 'won' AND h.occurred_at >= ways.since
)
SELECT DISTINCT (at AT TIME ZONE $1)::date AS day FROM happened WHERE at IS NOT NULL
