CREATE OR REPLACE VIEW bi.dim_pipeline WITH (security_invoker = true) AS
SELECT p.pipeline,
       p.title_ru,
       p.title_en,
       p.pipeline_version,
       EXISTS (SELECT FROM pipeline_versions r WHERE r.pipeline = p.pipeline AND r.version > p.version AND r.is_retired) AS is_retired
  FROM (SELECT DISTINCT ON (pipeline) * FROM pipeline_versions WHERE NOT is_retired ORDER BY pipeline, version DESC) p;

COMMENT ON VIEW bi.dim_pipeline IS 'Воронки, как они заданы сейчас / Pipelines as they are set up now';
COMMENT ON COLUMN bi.dim_pipeline.pipeline IS 'Воронка / Pipeline';
COMMENT ON COLUMN bi.dim_pipeline.title_ru IS 'Название по-русски / Title in Russian';
COMMENT ON COLUMN bi.dim_pipeline.title_en IS 'Название по-английски / Title in English';
COMMENT ON COLUMN bi.dim_pipeline.pipeline_version IS 'Версия / Version';
COMMENT ON COLUMN bi.dim_pipeline.is_retired IS 'Новых сделок в ней нет / No deal is opened in it any more';

GRANT SELECT ON bi.dim_pipeline TO bi_reader;
