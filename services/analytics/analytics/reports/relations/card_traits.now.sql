-- What else is known of the person of a card: tags, and custom fields that are not personal.
SELECT h.subject_id AS customer_id, 'tag' AS trait, h.tag AS value
  FROM :schema.tag_changes h
 WHERE h.subject = 'customer' AND h.is_added
   AND NOT EXISTS (SELECT FROM :schema.tag_changes n
                    WHERE n.subject_id = h.subject_id AND n.subject = h.subject AND n.tag = h.tag AND n.version > h.version)
UNION ALL
SELECT h.subject_id, 'field:' || h.field, coalesce(e.item, h.value #>> '{}')
  FROM :schema.trait_changes h
  LEFT JOIN LATERAL jsonb_array_elements_text(CASE WHEN jsonb_typeof(h.value) = 'array' THEN h.value END) AS e(item) ON true
 WHERE h.subject = 'customer' AND h.value IS NOT NULL AND h.value <> 'null'
   AND NOT EXISTS (SELECT FROM :schema.trait_changes n
                    WHERE n.subject_id = h.subject_id AND n.subject = h.subject AND n.field = h.field
                      AND n.version > h.version)
