CREATE OR REPLACE VIEW bi.fct_targets WITH (security_invoker = true) AS
SELECT t.target_id,
       t.period,
       t.owner_kind,
       t.owner_id,
       t.measure,
       t.currency::character varying(3) AS currency_code,
       c.amount::numeric(18, 2) AS amount,
       t.first_day AS first_date,
       t.last_day AS last_date,
       c.recorded_at,
       c.loaded_at
  FROM targets t
  JOIN LATERAL (SELECT * FROM target_changes h WHERE h.target_id = t.target_id ORDER BY h.version DESC LIMIT 1) c
    ON c.change <> 'withdrawn';

COMMENT ON VIEW bi.fct_targets IS 'Планы: одна строка на план, как он задан сейчас; отменённых нет / Targets: one row per target as it is set now; withdrawn ones are left out';
COMMENT ON COLUMN bi.fct_targets.target_id IS 'План / Target';
COMMENT ON COLUMN bi.fct_targets.period IS 'Период: месяц, квартал или год / Period: a month, quarter or year';
COMMENT ON COLUMN bi.fct_targets.owner_kind IS 'Чей: company, department, manager / Whose: company, department, manager';
COMMENT ON COLUMN bi.fct_targets.owner_id IS 'Отдел или сотрудник, пусто для компании / Department or member of staff, empty for the company';
COMMENT ON COLUMN bi.fct_targets.measure IS 'Что считается / What is counted';
COMMENT ON COLUMN bi.fct_targets.currency_code IS 'Валюта, ISO 4217 / Currency, ISO 4217';
COMMENT ON COLUMN bi.fct_targets.amount IS 'Сколько: деньги, если есть валюта / How much: money where there is a currency';
COMMENT ON COLUMN bi.fct_targets.first_date IS 'Первый день / The first day';
COMMENT ON COLUMN bi.fct_targets.last_date IS 'Последний день / The last day';
COMMENT ON COLUMN bi.fct_targets.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_targets.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_targets TO bi_reader;
