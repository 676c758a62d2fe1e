CREATE OR REPLACE VIEW bi.dim_loss_reason WITH (security_invoker = true) AS
SELECT c.pipeline,
       c.code AS lost_reason,
       c.title_ru,
       c.title_en
  FROM (SELECT DISTINCT ON (pipeline, code) * FROM pipeline_codes WHERE kind = 'loss_reason' ORDER BY pipeline, code, version DESC) c;

COMMENT ON VIEW bi.dim_loss_reason IS 'Причины проигрыша, как они заданы сейчас / Reasons for a loss as they are set up now';
COMMENT ON COLUMN bi.dim_loss_reason.pipeline IS 'Воронка / Pipeline';
COMMENT ON COLUMN bi.dim_loss_reason.lost_reason IS 'Причина проигрыша, код / Reason for the loss, a code';
COMMENT ON COLUMN bi.dim_loss_reason.title_ru IS 'Название по-русски / Title in Russian';
COMMENT ON COLUMN bi.dim_loss_reason.title_en IS 'Название по-английски / Title in English';

GRANT SELECT ON bi.dim_loss_reason TO bi_reader;
