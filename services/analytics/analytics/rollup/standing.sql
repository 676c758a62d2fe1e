-- $1 the zone, $2 how many notes to read, $3 of which subjects. No row where the rollup is not whole, was cut in another
-- zone, or there are deals in a pipeline that was never told, whose stages have no order of their own; else the notes of
-- what has changed.
WITH notes AS (
  SELECT subject, subject_id FROM :schema.rolled_changes WHERE subject = ANY ($3::text[]) LIMIT $2
), untold AS (
  SELECT pipeline FROM :schema.rolled_pipelines
  UNION
  SELECT d.pipeline FROM notes JOIN :schema.deals d ON d.deal_id = subject_id WHERE subject = 'deal' AND d.pipeline IS NOT NULL
  EXCEPT
  SELECT pipeline FROM :schema.pipeline_versions WHERE NOT is_retired
)
SELECT ARRAY(SELECT subject FROM notes) AS subjects, ARRAY(SELECT subject_id FROM notes) AS ids
  FROM :schema.rolled_state
 WHERE is_whole AND zone = $1 AND NOT EXISTS (SELECT FROM untold)
   AND NOT EXISTS (SELECT FROM notes WHERE subject = 'pipelines')
