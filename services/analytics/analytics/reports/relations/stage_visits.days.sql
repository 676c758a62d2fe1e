-- reads: deals
-- Stays of deals in stages: hours of a present one count until the moment of the report.
SELECT h.deal_id, h.version, h.change, h.from_stage, h.stage, h.kind, h.reason, h.occurred_at AS entered_at,
       extract(epoch FROM coalesce(lead(h.occurred_at) OVER w, :moment) - h.occurred_at) / 3600 AS hours,
       lead(h.version) OVER w IS NULL AS is_present
  FROM :schema.deal_stage_changes h
 WHERE h.deal_id = ANY (ARRAY(SELECT deal_id FROM deals)) AND :known(h)
WINDOW w AS (PARTITION BY h.deal_id ORDER BY h.version)
