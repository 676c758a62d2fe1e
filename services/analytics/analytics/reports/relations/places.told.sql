-- Where stages stand in their pipeline, and how long deals are to stay in them; of pipelines that were told.
SELECT s.pipeline, s.stage, s.position::bigint, 24.0 * s.expected_days AS expected_hours
  FROM (SELECT DISTINCT ON (h.pipeline) h.pipeline, h.version
          FROM :schema.pipeline_versions h WHERE NOT h.is_retired AND :known(h) ORDER BY h.pipeline, h.version DESC) told
  JOIN :schema.pipeline_stages s USING (pipeline, version)
