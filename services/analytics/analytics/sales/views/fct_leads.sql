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
       l.updated_at,
       taken.taken_at,
       (extract(epoch FROM taken.taken_at - l.captured_at) / 60)::numeric(18, 2) AS minutes_to_take,
       l.from_lead_id IS NOT NULL AS is_split,
       l.recorded_at
  FROM leads l
  LEFT JOIN LATERAL (SELECT min(occurred_at) AS taken_at FROM lead_takings h WHERE h.lead_id = l.lead_id) taken ON true
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
COMMENT ON COLUMN bi.fct_leads.taken_at IS 'Когда ответственный впервые взял в работу / When its manager first began to work on it';
COMMENT ON COLUMN bi.fct_leads.minutes_to_take IS 'Минут от получения до взятия в работу / Minutes from its capture until somebody began to work on it';
COMMENT ON COLUMN bi.fct_leads.is_split IS 'Возник при разделении карточек: нового обращения не было / Came of splitting cards: there was no new request';
COMMENT ON COLUMN bi.fct_leads.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';

GRANT SELECT ON bi.fct_leads TO bi_reader;
