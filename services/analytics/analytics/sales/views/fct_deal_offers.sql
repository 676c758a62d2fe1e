CREATE OR REPLACE VIEW bi.fct_deal_offers WITH (security_invoker = true) AS
SELECT h.offer_id,
       min(h.lead_id::text)::uuid AS lead_id,
       min(h.deal_id::text)::uuid AS deal_id,
       min(h.pipeline) AS pipeline,
       min(h.manager_id) AS manager_id,
       min(h.direction) AS direction,
       (min(h.occurred_at) FILTER (WHERE h.change = 'offered') AT TIME ZONE :timezone)::date AS offered_date,
       min(h.occurred_at) FILTER (WHERE h.change = 'offered') AS offered_at,
       min(h.occurred_at) FILTER (WHERE h.change = 'accepted') AS accepted_at,
       min(h.occurred_at) FILTER (WHERE h.change = 'declined') AS declined_at,
       max(h.loaded_at) AS loaded_at
  FROM deal_offer_changes h
 GROUP BY h.offer_id;

COMMENT ON VIEW bi.fct_deal_offers IS 'Предложения сделать сделку из лида: одна строка на предложение / Offers to make a deal of a lead: one row per offer';
COMMENT ON COLUMN bi.fct_deal_offers.offer_id IS 'Предложение / Offer';
COMMENT ON COLUMN bi.fct_deal_offers.lead_id IS 'Лид / Lead';
COMMENT ON COLUMN bi.fct_deal_offers.deal_id IS 'Сделка / Deal';
COMMENT ON COLUMN bi.fct_deal_offers.pipeline IS 'Воронка / Pipeline';
COMMENT ON COLUMN bi.fct_deal_offers.manager_id IS 'Ответственный сотрудник / Member of staff responsible';
COMMENT ON COLUMN bi.fct_deal_offers.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.fct_deal_offers.offered_date IS 'Предложена, день в часовом поясе компании / Offered, day in the business time zone';
COMMENT ON COLUMN bi.fct_deal_offers.offered_at IS 'Когда предложена / When it was offered';
COMMENT ON COLUMN bi.fct_deal_offers.accepted_at IS 'Когда принята / When it was accepted';
COMMENT ON COLUMN bi.fct_deal_offers.declined_at IS 'Когда отклонена / When it was declined';
COMMENT ON COLUMN bi.fct_deal_offers.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';

GRANT SELECT ON bi.fct_deal_offers TO bi_reader;
