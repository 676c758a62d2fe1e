CREATE OR REPLACE VIEW bi.dim_product WITH (security_invoker = true) AS
SELECT p.product_id,
       p.code,
       p.product_name,
       p.kind,
       p.unit,
       p.tax_rate::numeric(18, 2) AS tax_rate_percent,
       coalesce(p.is_archived, false) AS is_archived,
       p.registered_at,
       p.loaded_at,
       p.updated_at,
       p.cost::numeric(18, 2) AS unit_cost,
       p.cost_currency::character varying(3) AS cost_currency_code
  FROM products p
 WHERE p.registered_at IS NOT NULL;

COMMENT ON VIEW bi.dim_product IS 'Товары и услуги / Products and services';
COMMENT ON COLUMN bi.dim_product.product_id IS 'Товар или услуга / Product or service';
COMMENT ON COLUMN bi.dim_product.code IS 'Код / Code';
COMMENT ON COLUMN bi.dim_product.product_name IS 'Название / Name';
COMMENT ON COLUMN bi.dim_product.kind IS 'Вид: goods, service / Kind: goods, service';
COMMENT ON COLUMN bi.dim_product.unit IS 'Единица измерения / Unit';
COMMENT ON COLUMN bi.dim_product.tax_rate_percent IS 'Ставка налога, процентов / Tax rate, percent';
COMMENT ON COLUMN bi.dim_product.is_archived IS 'Больше не продаётся / Not sold any more';
COMMENT ON COLUMN bi.dim_product.registered_at IS 'Когда заведён / When it was entered';
COMMENT ON COLUMN bi.dim_product.loaded_at IS 'Когда строка впервые записана в отчётную базу / When the row was first written to the reporting database';
COMMENT ON COLUMN bi.dim_product.updated_at IS 'Когда строка записана последний раз; читайте новое с запасом в несколько минут / When the row was last written; read what is new with a margin of some minutes';
COMMENT ON COLUMN bi.dim_product.unit_cost IS 'Себестоимость единицы сейчас, без налога; пусто: неизвестна / What a unit costs the firm now, without tax; empty: not known';
COMMENT ON COLUMN bi.dim_product.cost_currency_code IS 'Валюта себестоимости, ISO 4217 / Currency of the cost, ISO 4217';

GRANT SELECT ON bi.dim_product TO bi_reader;
