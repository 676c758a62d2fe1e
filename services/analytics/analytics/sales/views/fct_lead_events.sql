CREATE OR REPLACE VIEW bi.fct_lead_events WITH (security_invoker = true) AS
SELECT h.lead_id,
       h.version AS change_number,
       h.change,
       h.manager_id,
       h.temperature,
       h.category,
       h.strategy,
       h.reason,
       l.direction,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at
  FROM (SELECT lead_id, version, change, manager_id, NULL AS temperature, NULL AS category, strategy, reason, occurred_at,
               recorded_at, loaded_at
          FROM lead_assignments WHERE change <> 'qualified'
         UNION ALL
        SELECT lead_id, version, 'taken', manager_id, NULL, NULL, NULL, NULL, occurred_at, recorded_at, loaded_at FROM lead_takings
         UNION ALL
        SELECT lead_id, version, CASE status WHEN 'open' THEN 'reopened' ELSE status END, NULL, temperature, category, NULL,
               reason, occurred_at, recorded_at, loaded_at
          FROM lead_status_changes
         UNION ALL
        SELECT lead_id, version, 'postponed', manager_id, NULL, NULL, NULL, NULL, occurred_at, recorded_at, loaded_at
          FROM lead_postponements) h
  JOIN leads l USING (lead_id);

COMMENT ON VIEW bi.fct_lead_events IS 'История лидов: одна строка на событие / History of leads: one row per event';
COMMENT ON COLUMN bi.fct_lead_events.lead_id IS 'Лид / Lead';
COMMENT ON COLUMN bi.fct_lead_events.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_lead_events.change IS 'Что случилось: assigned, returned, taken, qualified, disqualified, reopened, postponed / What happened: assigned, returned, taken, qualified, disqualified, reopened, postponed';
COMMENT ON COLUMN bi.fct_lead_events.manager_id IS 'Ответственный сотрудник / Member of staff responsible';
COMMENT ON COLUMN bi.fct_lead_events.temperature IS 'Температура: cold, warm, hot / Temperature: cold, warm, hot';
COMMENT ON COLUMN bi.fct_lead_events.category IS 'Категория / Category';
COMMENT ON COLUMN bi.fct_lead_events.strategy IS 'Как выбран ответственный / How the manager was chosen';
COMMENT ON COLUMN bi.fct_lead_events.reason IS 'Причина, код / Reason, a code';
COMMENT ON COLUMN bi.fct_lead_events.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.fct_lead_events.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_lead_events.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_lead_events.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_lead_events.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_lead_events TO bi_reader;
