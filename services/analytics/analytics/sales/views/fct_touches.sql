CREATE OR REPLACE VIEW bi.fct_touches WITH (security_invoker = true) AS
SELECT t.touch_id,
       t.lead_id,
       t.customer_id,
       t.channel,
       t.intake,
       t.source,
       t.kind,
       t.campaign,
       t.medium,
       t.utm_source,
       t.content,
       t.term,
       t.referrer_host,
       t.landing_path,
       l.direction,
       t.is_first,
       t.is_test,
       (t.touched_at AT TIME ZONE :timezone)::date AS touched_date,
       t.touched_at,
       t.loaded_at,
       t.recorded_at
  FROM touches t LEFT JOIN leads l USING (lead_id);

COMMENT ON VIEW bi.fct_touches IS 'Обращения: одна строка на каждое, включая повторные / Touches: one row per request, repeats included';
COMMENT ON COLUMN bi.fct_touches.touch_id IS 'Обращение / Touch';
COMMENT ON COLUMN bi.fct_touches.lead_id IS 'Обращение / Lead';
COMMENT ON COLUMN bi.fct_touches.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_touches.channel IS 'Канал / Channel';
COMMENT ON COLUMN bi.fct_touches.intake IS 'Способ приёма / Way in which it was received';
COMMENT ON COLUMN bi.fct_touches.source IS 'Источник внутри канала: форма, номер, бот / Source within the channel: form, number, bot';
COMMENT ON COLUMN bi.fct_touches.kind IS 'Вид обращения: форма, звонок, письмо / Kind of request: form, call, letter';
COMMENT ON COLUMN bi.fct_touches.campaign IS 'Рекламная кампания / Campaign';
COMMENT ON COLUMN bi.fct_touches.medium IS 'Тип трафика (utm_medium) / Medium (utm_medium)';
COMMENT ON COLUMN bi.fct_touches.utm_source IS 'Метка utm_source / Tag utm_source';
COMMENT ON COLUMN bi.fct_touches.content IS 'Метка utm_content / Tag utm_content';
COMMENT ON COLUMN bi.fct_touches.term IS 'Метка utm_term / Tag utm_term';
COMMENT ON COLUMN bi.fct_touches.referrer_host IS 'Сайт, с которого пришли / Site the visitor came from';
COMMENT ON COLUMN bi.fct_touches.landing_path IS 'Страница входа / Landing page';
COMMENT ON COLUMN bi.fct_touches.direction IS 'Направление бизнеса лида / Line of business of the lead';
COMMENT ON COLUMN bi.fct_touches.is_first IS 'Первое обращение по лиду / First request of the lead';
COMMENT ON COLUMN bi.fct_touches.is_test IS 'Проверочное обращение / Test request';
COMMENT ON COLUMN bi.fct_touches.touched_date IS 'Получено, день в часовом поясе компании / Received, day in the business time zone';
COMMENT ON COLUMN bi.fct_touches.touched_at IS 'Когда получено / When it was received';
COMMENT ON COLUMN bi.fct_touches.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';
COMMENT ON COLUMN bi.fct_touches.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';

GRANT SELECT ON bi.fct_touches TO bi_reader;
