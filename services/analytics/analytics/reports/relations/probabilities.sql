-- How likely deals in a stage are won, as the version in force of their pipeline says.
SELECT s.pipeline, s.stage, s.probability
  FROM (SELECT DISTINCT ON (h.pipeline) h.pipeline, h.version
          FROM :schema.pipeline_versions h WHERE NOT h.is_retired AND :known(h) ORDER BY h.pipeline, h.version DESC) told
  JOIN :schema.pipeline_stages s USING (pipeline, version)
