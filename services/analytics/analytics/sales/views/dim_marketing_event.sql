CREATE OR REPLACE VIEW bi.dim_marketing_event WITH (security_invoker = true) AS
SELECT e.marketing_event_id,
       c.event_name,
       c.kind,
       c.status,
       e.direction,
       c.budget_currency::character varying(3) AS budget_currency_code,
       c.budget::numeric(18, 2) AS budget_amount,
       c.cost_currency::character varying(3) AS cost_currency_code,
       c.cost::numeric(18, 2) AS cost_amount,
       c.planned_from,
       c.planned_to,
       c.held_from,
       c.held_to,
       e.recorded_at,
       e.loaded_at
  FROM marketing_events e
 CROSS JOIN LATERAL (
   SELECT (array_agg(h.event_name ORDER BY h.version DESC) FILTER (WHERE h.event_name IS NOT NULL))[1] AS event_name,
          (array_agg(h.kind ORDER BY h.version DESC) FILTER (WHERE h.kind IS NOT NULL))[1] AS kind,
          CASE WHEN bool_or(h.change = 'cancelled') THEN 'cancelled' WHEN bool_or(h.change = 'closed') THEN 'closed'
               WHEN bool_or(h.change = 'held') THEN 'held' ELSE 'planned' END AS status,
          (array_agg(h.amount ORDER BY h.version DESC) FILTER (WHERE h.change IN ('planned', 'changed')))[1] AS budget,
          (array_agg(h.currency ORDER BY h.version DESC) FILTER (WHERE h.change IN ('planned', 'changed')))[1] AS budget_currency,
          (array_agg(h.amount ORDER BY h.version DESC) FILTER (WHERE h.change = 'cost_recorded'))[1] AS cost,
          (array_agg(h.currency ORDER BY h.version DESC) FILTER (WHERE h.change = 'cost_recorded'))[1] AS cost_currency,
          (array_agg(h.planned_from ORDER BY h.version DESC) FILTER (WHERE h.change IN ('planned', 'changed')))[1] AS planned_from,
          (array_agg(h.planned_to ORDER BY h.version DESC) FILTER (WHERE h.change IN ('planned', 'changed')))[1] AS planned_to,
          (array_agg(h.held_from ORDER BY h.version DESC) FILTER (WHERE h.change = 'held'))[1] AS held_from,
          (array_agg(h.held_to ORDER BY h.version DESC) FILTER (WHERE h.change = 'held'))[1] AS held_to
     FROM marketing_event_changes h WHERE h.marketing_event_id = e.marketing_event_id
 ) c;

COMMENT ON VIEW bi.dim_marketing_event IS 'Мероприятия, как известно сейчас / Marketing events as known now';
COMMENT ON COLUMN bi.dim_marketing_event.marketing_event_id IS 'Мероприятие / Marketing event';
COMMENT ON COLUMN bi.dim_marketing_event.event_name IS 'Название / Name';
COMMENT ON COLUMN bi.dim_marketing_event.kind IS 'Вид / Kind';
COMMENT ON COLUMN bi.dim_marketing_event.status IS 'Состояние: planned, held, closed, cancelled / State: planned, held, closed, cancelled';
COMMENT ON COLUMN bi.dim_marketing_event.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.dim_marketing_event.budget_currency_code IS 'Валюта бюджета / Currency of the budget';
COMMENT ON COLUMN bi.dim_marketing_event.budget_amount IS 'Бюджет / Budget';
COMMENT ON COLUMN bi.dim_marketing_event.cost_currency_code IS 'Валюта затрат / Currency of the cost';
COMMENT ON COLUMN bi.dim_marketing_event.cost_amount IS 'Затраты / Cost';
COMMENT ON COLUMN bi.dim_marketing_event.planned_from IS 'Начало по плану / Planned begin';
COMMENT ON COLUMN bi.dim_marketing_event.planned_to IS 'Конец по плану / Planned end';
COMMENT ON COLUMN bi.dim_marketing_event.held_from IS 'Начало на деле / Actual begin';
COMMENT ON COLUMN bi.dim_marketing_event.held_to IS 'Конец на деле / Actual end';
COMMENT ON COLUMN bi.dim_marketing_event.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.dim_marketing_event.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.dim_marketing_event TO bi_reader;
