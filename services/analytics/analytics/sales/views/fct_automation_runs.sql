CREATE OR REPLACE VIEW bi.fct_automation_runs WITH (security_invoker = true) AS
SELECT r.run_id,
       r.customer_id,
       r.lead_id,
       r.deal_id,
       r.rule,
       r.effect,
       r.detail,
       r.effect <> 'withheld' AS is_done,
       (r.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       r.occurred_at,
       r.recorded_at,
       r.loaded_at
  FROM (
    SELECT t.task_id AS run_id, t.customer_id, t.lead_id, t.deal_id, t.rule, 'task' AS effect, t.kind AS detail,
           t.created_at AS occurred_at, t.recorded_at, t.loaded_at
      FROM tasks t WHERE t.rule IS NOT NULL AND t.created_at IS NOT NULL
    UNION ALL
    SELECT m.message_id, m.customer_id, NULL, NULL, m.rule, 'message', m.template, m.requested_at, m.recorded_at, m.loaded_at
      FROM messages m WHERE m.rule IS NOT NULL AND m.requested_at IS NOT NULL
    UNION ALL
    SELECT h.offer_id, h.customer_id, h.lead_id, NULL, h.rule, 'deal_offer', h.pipeline, h.occurred_at, h.recorded_at, h.loaded_at
      FROM (SELECT DISTINCT ON (offer_id) * FROM deal_offer_changes WHERE change = 'offered' ORDER BY offer_id, version) h
     WHERE h.rule IS NOT NULL
    UNION ALL
    SELECT s.suppression_id, s.customer_id, NULL, NULL, s.rule, 'withheld', s.reason, s.occurred_at, s.recorded_at, s.loaded_at
      FROM rule_suppressions s
  ) r;

COMMENT ON VIEW bi.fct_automation_runs IS 'Срабатывания правил: одна строка на задачу, сообщение, предложение сделки или удержанное действие / Runs of rules: one row per task, message, offered deal or withheld action';
COMMENT ON COLUMN bi.fct_automation_runs.run_id IS 'Задача, сообщение, предложение или случай удержания / The task, message, offer or case of withholding';
COMMENT ON COLUMN bi.fct_automation_runs.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_automation_runs.lead_id IS 'Лид / Lead';
COMMENT ON COLUMN bi.fct_automation_runs.deal_id IS 'Сделка / Deal';
COMMENT ON COLUMN bi.fct_automation_runs.rule IS 'Правило / Rule';
COMMENT ON COLUMN bi.fct_automation_runs.effect IS 'Что вышло: task, message, deal_offer, withheld / What came of it: task, message, deal_offer, withheld';
COMMENT ON COLUMN bi.fct_automation_runs.detail IS 'Вид задачи, шаблон, воронка или причина удержания / Kind of the task, template, pipeline, or why it was withheld';
COMMENT ON COLUMN bi.fct_automation_runs.is_done IS 'Сделано; нет: удержано / Done; no: withheld';
COMMENT ON COLUMN bi.fct_automation_runs.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_automation_runs.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_automation_runs.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_automation_runs.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_automation_runs TO bi_reader;
