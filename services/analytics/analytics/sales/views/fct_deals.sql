CREATE OR REPLACE VIEW bi.fct_deals WITH (security_invoker = true) AS
SELECT d.deal_id,
       d.lead_id,
       d.customer_id,
       d.number,
       d.pipeline,
       d.stage,
       d.stage_kind,
       d.deal_type,
       d.direction,
       d.manager_id,
       CASE WHEN d.stage_kind = 'lost' THEN d.lost_reason END AS lost_reason,
       d.currency::character varying(3) AS currency_code,
       d.amount::numeric(18, 2) AS amount,
       coalesce(d.stage_kind = 'won', false) AS is_won,
       coalesce(d.stage_kind = 'lost', false) AS is_lost,
       (d.opened_at AT TIME ZONE :timezone)::date AS opened_date,
       d.opened_at,
       d.stage_at AS stage_entered_at,
       CASE WHEN d.stage_kind IN ('won', 'lost') THEN d.stage_at END AS closed_at,
       d.loaded_at,
       d.updated_at,
       party.organisation_id,
       d.previous_deal_id,
       plan.expected_date AS expected_close_date,
       (CASE WHEN d.stage_kind IN ('won', 'lost') THEN extract(epoch FROM d.stage_at - d.opened_at) / 86400 END)::numeric(18, 2) AS days_to_close,
       d.recorded_at,
       (CASE WHEN d.lines_currency = d.currency THEN d.lines_cost END)::numeric(18, 2) AS cost_amount,
       (CASE WHEN d.lines_currency = d.currency THEN d.lines_net - d.lines_cost END)::numeric(18, 2) AS margin_amount
  FROM deals d
  LEFT JOIN LATERAL (SELECT organisation_id FROM deal_organisations h WHERE h.deal_id = d.deal_id
                      ORDER BY version DESC LIMIT 1) party ON true
  LEFT JOIN LATERAL (SELECT expected_date FROM deal_close_expectations h WHERE h.deal_id = d.deal_id
                      ORDER BY version DESC LIMIT 1) plan ON true
 WHERE d.opened_at IS NOT NULL;

COMMENT ON VIEW bi.fct_deals IS 'Сделки: одна строка на сделку, её состояние сейчас / Deals: one row per deal as it is now';
COMMENT ON COLUMN bi.fct_deals.deal_id IS 'Сделка / Deal';
COMMENT ON COLUMN bi.fct_deals.lead_id IS 'Обращение / Lead';
COMMENT ON COLUMN bi.fct_deals.customer_id IS 'Клиент, без персональных данных / Customer, no personal data';
COMMENT ON COLUMN bi.fct_deals.number IS 'Номер сделки / Number of the deal';
COMMENT ON COLUMN bi.fct_deals.pipeline IS 'Воронка / Pipeline';
COMMENT ON COLUMN bi.fct_deals.stage IS 'Этап сейчас / Stage now';
COMMENT ON COLUMN bi.fct_deals.stage_kind IS 'Вид этапа: open, nurture, won, lost / Kind of the stage: open, nurture, won, lost';
COMMENT ON COLUMN bi.fct_deals.deal_type IS 'Тип: first_sale или repeat_sale / Type: first_sale or repeat_sale';
COMMENT ON COLUMN bi.fct_deals.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.fct_deals.manager_id IS 'Ответственный сейчас / Who is responsible now';
COMMENT ON COLUMN bi.fct_deals.lost_reason IS 'Причина проигрыша / Why it was lost';
COMMENT ON COLUMN bi.fct_deals.currency_code IS 'Валюта, ISO 4217 / Currency, ISO 4217';
COMMENT ON COLUMN bi.fct_deals.amount IS 'Сумма сделки в валюте / Value of the deal in its currency';
COMMENT ON COLUMN bi.fct_deals.is_won IS 'Выиграна / Won';
COMMENT ON COLUMN bi.fct_deals.is_lost IS 'Проиграна / Lost';
COMMENT ON COLUMN bi.fct_deals.opened_date IS 'Открыта, день в часовом поясе компании / Opened, day in the business time zone';
COMMENT ON COLUMN bi.fct_deals.opened_at IS 'Когда открыта / When it was opened';
COMMENT ON COLUMN bi.fct_deals.stage_entered_at IS 'Когда вошла в нынешний этап / When it entered its present stage';
COMMENT ON COLUMN bi.fct_deals.closed_at IS 'Когда выиграна или проиграна / When it was won or lost';
COMMENT ON COLUMN bi.fct_deals.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';
COMMENT ON COLUMN bi.fct_deals.updated_at IS 'Когда строка записана последний раз; читайте новое с запасом в несколько минут / When the row was last written; read what is new with a margin of some minutes';
COMMENT ON COLUMN bi.fct_deals.organisation_id IS 'Организация, без названия / Organisation, no name';
COMMENT ON COLUMN bi.fct_deals.previous_deal_id IS 'Выигранная сделка, за которой следует повторная / The won deal that a repeat sale follows';
COMMENT ON COLUMN bi.fct_deals.expected_close_date IS 'День, к которому ждут заключения / The day on which it is expected to be concluded';
COMMENT ON COLUMN bi.fct_deals.days_to_close IS 'Дней от открытия до выигрыша или проигрыша / Days from its opening until it was won or lost';
COMMENT ON COLUMN bi.fct_deals.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_deals.cost_amount IS 'Себестоимость строк сделки; пусто: неизвестна / What the lines of the deal cost the firm; empty: not known';
COMMENT ON COLUMN bi.fct_deals.margin_amount IS 'Сумма строк без налога за вычетом себестоимости; пусто: неизвестна / Lines without tax less their cost; empty: not known';

GRANT SELECT ON bi.fct_deals TO bi_reader;
