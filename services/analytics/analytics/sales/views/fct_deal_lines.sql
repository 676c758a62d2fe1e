CREATE OR REPLACE VIEW bi.fct_deal_lines WITH (security_invoker = true) AS
SELECT h.deal_id,
       h.version AS change_number,
       h.line_number,
       h.product_id,
       d.pipeline,
       d.direction,
       d.manager_id,
       h.unit,
       h.currency::character varying(3) AS currency_code,
       h.quantity::numeric(18, 3) AS quantity,
       h.price::numeric(18, 2) AS price,
       h.discounted::numeric(18, 2) AS discount_amount,
       h.net::numeric(18, 2) AS net_amount,
       h.tax::numeric(18, 2) AS tax_amount,
       h.gross::numeric(18, 2) AS gross_amount,
       h.version = (SELECT max(t.version) FROM deal_totals t WHERE t.deal_id = h.deal_id) AS is_current,
       (h.occurred_at AT TIME ZONE :timezone)::date AS occurred_date,
       h.occurred_at,
       h.recorded_at,
       h.loaded_at,
       h.unit_cost::numeric(18, 2) AS unit_cost,
       (h.quantity * h.unit_cost)::numeric(18, 2) AS cost_amount,
       (h.net - h.quantity * h.unit_cost)::numeric(18, 2) AS margin_amount
  FROM deal_lines h JOIN deals d USING (deal_id);

COMMENT ON VIEW bi.fct_deal_lines IS 'Строки сделок: что продаётся; прежние наборы строк остаются / Lines of deals: what is sold; former sets of lines stay';
COMMENT ON COLUMN bi.fct_deal_lines.deal_id IS 'Сделка / Deal';
COMMENT ON COLUMN bi.fct_deal_lines.change_number IS 'Номер события в истории предмета: порядок изменений / Number of the event in the subject''s history: the order of changes';
COMMENT ON COLUMN bi.fct_deal_lines.line_number IS 'Номер строки / Number of the line';
COMMENT ON COLUMN bi.fct_deal_lines.product_id IS 'Товар или услуга / Product or service';
COMMENT ON COLUMN bi.fct_deal_lines.pipeline IS 'Воронка / Pipeline';
COMMENT ON COLUMN bi.fct_deal_lines.direction IS 'Направление бизнеса / Line of business';
COMMENT ON COLUMN bi.fct_deal_lines.manager_id IS 'Ответственный сотрудник / Member of staff responsible';
COMMENT ON COLUMN bi.fct_deal_lines.unit IS 'Единица измерения / Unit';
COMMENT ON COLUMN bi.fct_deal_lines.currency_code IS 'Валюта, ISO 4217 / Currency, ISO 4217';
COMMENT ON COLUMN bi.fct_deal_lines.quantity IS 'Количество / Quantity';
COMMENT ON COLUMN bi.fct_deal_lines.price IS 'Цена единицы / Price of a unit';
COMMENT ON COLUMN bi.fct_deal_lines.discount_amount IS 'Скидка на строку / Discount on the line';
COMMENT ON COLUMN bi.fct_deal_lines.net_amount IS 'Сумма без налога / Amount without tax';
COMMENT ON COLUMN bi.fct_deal_lines.tax_amount IS 'Налог / Tax';
COMMENT ON COLUMN bi.fct_deal_lines.gross_amount IS 'Сумма с налогом / Amount with tax';
COMMENT ON COLUMN bi.fct_deal_lines.is_current IS 'Действует сейчас / Holds now';
COMMENT ON COLUMN bi.fct_deal_lines.occurred_date IS 'Случилось, день в часовом поясе компании / Occurred, day in the business time zone';
COMMENT ON COLUMN bi.fct_deal_lines.occurred_at IS 'Когда случилось / When it occurred';
COMMENT ON COLUMN bi.fct_deal_lines.recorded_at IS 'Когда записано в журнал; позже события, если о нём узнали позже / When it was recorded; later than it occurred if it was learnt later';
COMMENT ON COLUMN bi.fct_deal_lines.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';
COMMENT ON COLUMN bi.fct_deal_lines.unit_cost IS 'Себестоимость единицы без налога; пусто: неизвестна / What a unit costs the firm, without tax; empty: not known';
COMMENT ON COLUMN bi.fct_deal_lines.cost_amount IS 'Себестоимость строки / What the line costs the firm';
COMMENT ON COLUMN bi.fct_deal_lines.margin_amount IS 'Сумма без налога за вычетом себестоимости / Amount without tax less cost';

GRANT SELECT ON bi.fct_deal_lines TO bi_reader;
