CREATE OR REPLACE VIEW bi.fct_leads WITH (security_invoker = true) AS
SELECT l.lead_id,
       l.customer_id,
       l.channel,
       l.intake,
       l.source,
       l.kind,
       l.campaign,
       l.medium,
       l.utm_source,
       l.direction,
       l.manager_id,
       CASE WHEN l.refused_at IS NOT NULL AND l.refused_version > coalesce(l.qualified_version, 0) THEN 'disqualified'
            WHEN l.qualified_version IS NOT NULL THEN 'qualified' ELSE 'new' END AS status,
       l.temperature,
       l.category,
       l.refusal_reason,
       l.is_test,
       l.is_returning,
       (l.captured_at AT TIME ZONE :timezone)::date AS captured_date,
       l.captured_at,
       l.assigned_at,
       l.qualified_at,
       l.refused_at,
       l.loaded_at,
       l.updated_at
  FROM leads l
 WHERE l.captured_at IS NOT NULL;

COMMENT ON VIEW bi.fct_leads IS 'Лиды: одна строка на лид / Leads: one row per lead';
COMMENT ON COLUMN bi.fct_leads.lead_id IS 'Обращение / Lead';
COMMENT ON COLUMN bi.fct_leads.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_leads.channel IS 'Канал / Channel';
COMMENT ON COLUMN bi.fct_leads.intake IS 'Способ приёма / Way in which it was received';
COMMENT ON COLUMN bi.fct_leads.source IS 'Источник внутри канала: форма, номер, бот / Source within the channel: form, number, bot';
COMMENT ON COLUMN bi.fct_leads.kind IS 'Вид обращения: форма, звонок, письмо / Kind of request: form, call, letter';
COMMENT ON COLUMN bi.fct_leads.campaign IS 'Рекламная кампания / Campaign';
COMMENT ON COLUMN bi.fct_leads.medium IS 'Тип трафика (utm_medium) / Medium (utm_medium)';
COMMENT ON COLUMN bi.fct_leads.utm_source IS 'Метка utm_source / Tag utm_source';
COMMENT ON COLUMN bi.fct_leads.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.fct_leads.manager_id IS 'Ответственный сейчас / Who is responsible now';
COMMENT ON COLUMN bi.fct_leads.status IS 'Статус: new, qualified, disqualified / Status: new, qualified, disqualified';
COMMENT ON COLUMN bi.fct_leads.temperature IS 'Температура: cold, warm, hot / Temperature: cold, warm, hot';
COMMENT ON COLUMN bi.fct_leads.category IS 'Категория при квалификации / Category given at qualification';
COMMENT ON COLUMN bi.fct_leads.refusal_reason IS 'Причина отказа при квалификации, последняя / Reason of the last disqualification';
COMMENT ON COLUMN bi.fct_leads.is_test IS 'Проверочный лид, в отчёты не входит / Test lead, left out of reports';
COMMENT ON COLUMN bi.fct_leads.is_returning IS 'Клиент обращался раньше / The customer had been here before';
COMMENT ON COLUMN bi.fct_leads.captured_date IS 'Получен, день в часовом поясе компании / Captured, day in the business time zone';
COMMENT ON COLUMN bi.fct_leads.captured_at IS 'Когда получен / When it was captured';
COMMENT ON COLUMN bi.fct_leads.assigned_at IS 'Когда впервые назначен ответственный / When somebody first became responsible';
COMMENT ON COLUMN bi.fct_leads.qualified_at IS 'Когда впервые квалифицирован / When it was first qualified';
COMMENT ON COLUMN bi.fct_leads.refused_at IS 'Когда отклонён последний раз / When it was last disqualified';
COMMENT ON COLUMN bi.fct_leads.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';
COMMENT ON COLUMN bi.fct_leads.updated_at IS 'Когда строка записана последний раз; читайте новое с запасом в несколько минут / When the row was last written; read what is new with a margin of some minutes';

GRANT SELECT ON bi.fct_leads TO bi_reader;
