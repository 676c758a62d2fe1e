-- Custom fields of leads that are not personal, a row for each value.
SELECT h.subject_id AS lead_id, h.field, coalesce(e.item, h.value #>> '{}') AS value
  FROM :schema.trait_changes h
  LEFT JOIN LATERAL jsonb_array_elements_text(CASE WHEN jsonb_typeof(h.value) = 'array' THEN h.value END) AS e(item) ON true
 WHERE h.subject = 'lead' AND h.value IS NOT NULL AND h.value <> 'null'
   AND NOT EXISTS (SELECT FROM :schema.trait_changes n
                    WHERE n.subject_id = h.subject_id AND n.field = h.field AND n.version > h.version)
