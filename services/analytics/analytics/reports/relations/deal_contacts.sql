-- reads: deals, roots
-- Contacts on the way to a deal: those that name it or its lead, and those of its customer while it is or was in work.
WITH held AS (
  SELECT i.interaction_id, i.deal_id, i.lead_id, coalesce(r.root_id, i.customer_id) AS person_id, i.took_place_at
    FROM (SELECT h.interaction_id,
                 :last(h.deal_id) AS deal_id,
                 :last(h.lead_id) AS lead_id,
                 :last(h.customer_id) AS customer_id,
                 coalesce(min(h.occurred_at) FILTER (WHERE h.change = 'registered'),
                          CASE WHEN :last(h.is_held)
                               THEN least(:last(h.planned_at),
                                          (array_agg(h.occurred_at ORDER BY h.version DESC)
                                             FILTER (WHERE h.change = 'concluded'))[1]) END) AS took_place_at
            FROM :schema.interaction_changes h WHERE :known(h) GROUP BY 1) i
    LEFT JOIN roots r USING (customer_id)
   WHERE i.took_place_at IS NOT NULL
)
SELECT d.deal_id, h.interaction_id, h.took_place_at FROM held h JOIN deals d ON d.deal_id = h.deal_id
UNION
SELECT d.deal_id, h.interaction_id, h.took_place_at FROM held h JOIN deals d ON d.lead_id = h.lead_id
    WHERE h.deal_id IS NULL
UNION
SELECT d.deal_id, h.interaction_id, h.took_place_at
  FROM held h JOIN deals d ON d.person_id = h.person_id AND h.took_place_at >= d.opened_at
 WHERE h.deal_id IS NULL AND h.lead_id IS NULL
