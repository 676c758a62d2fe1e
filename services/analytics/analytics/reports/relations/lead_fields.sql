-- Custom fields of leads that are not personal, a row for each value.
SELECT lead_id, field, coalesce(item, value #>> '{}') AS value
  FROM (SELECT DISTINCT ON (h.subject_id, h.field) h.subject_id AS lead_id, h.field, h.value
          FROM :schema.trait_changes h WHERE h.subject = 'lead' AND :known(h)
         ORDER BY h.subject_id, h.field, h.version DESC) f
  LEFT JOIN LATERAL jsonb_array_elements_text(CASE WHEN jsonb_typeof(value) = 'array' THEN value END) AS e(item) ON true
 WHERE value IS NOT NULL AND value <> 'null'
