CREATE OR REPLACE VIEW bi.dim_date WITH (security_invoker = true) AS
SELECT to_char(d, 'YYYYMMDD')::integer AS date_key,
       d::date AS date,
       extract(year FROM d)::integer AS year,
       extract(quarter FROM d)::integer AS quarter,
       extract(month FROM d)::integer AS month,
       extract(isoyear FROM d)::integer AS iso_year,
       extract(week FROM d)::integer AS iso_week,
       extract(isodow FROM d)::integer AS iso_weekday,
       (ARRAY['январь', 'февраль', 'март', 'апрель', 'май', 'июнь', 'июль', 'август', 'сентябрь', 'октябрь', 'ноябрь',
              'декабрь'])[extract(month FROM d)::integer] AS month_name_ru,
       trim(to_char(d, 'Month')) AS month_name_en,
       extract(isodow FROM d) > 5 AS is_weekend,
       date_trunc('month', d)::date AS month_start_date
  FROM generate_series(timestamp '2015-01-01', timestamp '2035-12-31', interval '1 day') d;

COMMENT ON VIEW bi.dim_date IS 'Дни с 2015 по 2035 год / Days from 2015 to 2035';
COMMENT ON COLUMN bi.dim_date.date_key IS 'День числом ГГГГММДД / Day as the number YYYYMMDD';
COMMENT ON COLUMN bi.dim_date.date IS 'День / Day';
COMMENT ON COLUMN bi.dim_date.year IS 'Год / Year';
COMMENT ON COLUMN bi.dim_date.quarter IS 'Квартал / Quarter';
COMMENT ON COLUMN bi.dim_date.month IS 'Месяц / Month';
COMMENT ON COLUMN bi.dim_date.iso_year IS 'Год недели, ISO 8601 / Year of the week, ISO 8601';
COMMENT ON COLUMN bi.dim_date.iso_week IS 'Неделя, ISO 8601 / Week, ISO 8601';
COMMENT ON COLUMN bi.dim_date.iso_weekday IS 'День недели, 1 понедельник / Day of the week, 1 is Monday';
COMMENT ON COLUMN bi.dim_date.month_name_ru IS 'Название месяца по-русски / Name of the month in Russian';
COMMENT ON COLUMN bi.dim_date.month_name_en IS 'Название месяца по-английски / Name of the month in English';
COMMENT ON COLUMN bi.dim_date.is_weekend IS 'Суббота или воскресенье / Saturday or Sunday';
COMMENT ON COLUMN bi.dim_date.month_start_date IS 'Первый день месяца / First day of the month';

GRANT SELECT ON bi.dim_date TO bi_reader;
