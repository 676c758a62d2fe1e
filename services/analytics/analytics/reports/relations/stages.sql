-- reads: deals, stage_visits
-- The stages that deals entered, in the order of the pipeline's version in force. Of a pipeline that was never told: a
-- stage stands before another if most of the last 5,000 deals that entered both entered it first.
WITH told AS MATERIALIZED (
  SELECT DISTINCT ON (h.pipeline) h.pipeline, h.version
    FROM :schema.pipeline_versions h WHERE NOT h.is_retired AND :known(h) ORDER BY h.pipeline, h.version DESC
), entries AS MATERIALIZED (
  SELECT d.pipeline, v.deal_id, v.stage, min(v.version) AS version
    FROM (SELECT deal_id, pipeline FROM deals WHERE pipeline NOT IN (SELECT pipeline FROM told)
           ORDER BY opened_at DESC, deal_id LIMIT 5000) d
    JOIN stage_visits v USING (deal_id)
   GROUP BY 1, 2, 3
), precedence AS (
  SELECT pipeline, stage, sum(sign(net)) AS wins
    FROM (SELECT a.pipeline, a.stage, b.stage AS other, sum(sign(b.version - a.version)) AS net
            FROM entries a JOIN entries b ON a.deal_id = b.deal_id AND a.stage <> b.stage
           GROUP BY 1, 2, 3) pairs
   GROUP BY 1, 2
)
SELECT e.pipeline, e.stage, e.kind, s.probability, 24.0 * s.expected_days AS expected_hours,
       row_number() OVER (PARTITION BY e.pipeline
                          ORDER BY array_position('{open,nurture,won,lost}', e.kind), s.position, p.wins DESC NULLS LAST,
                                   e.stage) AS position
  FROM (SELECT d.pipeline, v.stage, min(v.kind) AS kind FROM deals d JOIN stage_visits v USING (deal_id) GROUP BY 1, 2) e
  LEFT JOIN (told JOIN :schema.pipeline_stages s USING (pipeline, version)) USING (pipeline, stage)
  LEFT JOIN precedence p USING (pipeline, stage)
