CREATE OR REPLACE VIEW bi.dim_pipeline_stage WITH (security_invoker = true) AS
SELECT o.pipeline,
       o.stage,
       o.kind,
       o.position,
       told.title_ru,
       told.title_en,
       (told.probability * 100)::numeric(18, 2) AS probability_percent,
       told.expected_days
  FROM stage_order o
  LEFT JOIN LATERAL (SELECT s.probability, s.expected_days, s.title_ru, s.title_en
                       FROM pipeline_stages s WHERE s.pipeline = o.pipeline AND s.stage = o.stage
                      ORDER BY s.version DESC LIMIT 1) told ON true;

COMMENT ON VIEW bi.dim_pipeline_stage IS 'Этапы воронок в порядке, в котором их проходят сделки / Stages of pipelines in the order in which deals go through them';
COMMENT ON COLUMN bi.dim_pipeline_stage.pipeline IS 'Воронка / Pipeline';
COMMENT ON COLUMN bi.dim_pipeline_stage.stage IS 'Этап / Stage';
COMMENT ON COLUMN bi.dim_pipeline_stage.kind IS 'Вид этапа: open, nurture, won, lost / Kind of the stage: open, nurture, won, lost';
COMMENT ON COLUMN bi.dim_pipeline_stage.position IS 'Место в воронке, с 1 / Place in the pipeline, from 1';
COMMENT ON COLUMN bi.dim_pipeline_stage.title_ru IS 'Название по-русски / Title in Russian';
COMMENT ON COLUMN bi.dim_pipeline_stage.title_en IS 'Название по-английски / Title in English';
COMMENT ON COLUMN bi.dim_pipeline_stage.probability_percent IS 'Вероятность выигрыша из этапа, процентов / Probability to be won from this stage, percent';
COMMENT ON COLUMN bi.dim_pipeline_stage.expected_days IS 'Сколько дней сделка должна стоять в этапе / How many days a deal is expected to stay';

GRANT SELECT ON bi.dim_pipeline_stage TO bi_reader;
