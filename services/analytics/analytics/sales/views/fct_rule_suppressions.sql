CREATE OR REPLACE VIEW bi.fct_rule_suppressions WITH (security_invoker = true) AS
SELECT h.suppression_id,
       h.customer_id,
       h.rule,
       h.action,
       h.reason,
       h.rule_version,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM rule_suppressions h;

COMMENT ON VIEW bi.fct_rule_suppressions IS 'Удержанные действия правил: одна строка на случай / Actions of rules that were withheld: one row each';
COMMENT ON COLUMN bi.fct_rule_suppressions.suppression_id IS 'Случай / Case';
COMMENT ON COLUMN bi.fct_rule_suppressions.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_rule_suppressions.rule IS 'Правило / Rule';
COMMENT ON COLUMN bi.fct_rule_suppressions.action IS 'Действие правила / Action of the rule';
COMMENT ON COLUMN bi.fct_rule_suppressions.reason IS 'Причина, код / Reason, a code';
COMMENT ON COLUMN bi.fct_rule_suppressions.rule_version IS 'Версия правила / Version of the rule';
COMMENT ON COLUMN bi.fct_rule_suppressions.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_rule_suppressions.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_rule_suppressions.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_rule_suppressions.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_rule_suppressions TO bi_reader;
