CREATE OR REPLACE VIEW bi.dim_pipeline_stage WITH (security_invoker = true) AS
SELECT o.pipeline,
       o.stage,
       o.kind,
       o.position
  FROM stage_order o;

COMMENT ON VIEW bi.dim_pipeline_stage IS 'Этапы воронок в порядке, в котором их проходят сделки / Stages of pipelines in the order in which deals go through them';
COMMENT ON COLUMN bi.dim_pipeline_stage.pipeline IS 'Воронка / Pipeline';
COMMENT ON COLUMN bi.dim_pipeline_stage.stage IS 'Этап / Stage';
COMMENT ON COLUMN bi.dim_pipeline_stage.kind IS 'Вид этапа: open, nurture, won, lost / Kind of the stage: open, nurture, won, lost';
COMMENT ON COLUMN bi.dim_pipeline_stage.position IS 'Место в воронке, с 1 / Place in the pipeline, from 1';

GRANT SELECT ON bi.dim_pipeline_stage TO bi_reader;
