-- What else is known of the person of a card: tags, and custom fields that are not personal.
SELECT subject_id AS customer_id, 'tag' AS trait, tag AS value
  FROM (SELECT DISTINCT ON (h.subject_id, h.tag) h.subject_id, h.tag, h.is_added
          FROM :schema.tag_changes h WHERE h.subject = 'customer' AND :known(h)
         ORDER BY h.subject_id, h.tag, h.version DESC) t WHERE is_added
UNION ALL
SELECT subject_id, 'field:' || field, coalesce(item, value #>> '{}')
  FROM (SELECT DISTINCT ON (h.subject_id, h.field) h.subject_id, h.field, h.value
          FROM :schema.trait_changes h WHERE h.subject = 'customer' AND :known(h)
         ORDER BY h.subject_id, h.field, h.version DESC) f
  LEFT JOIN LATERAL jsonb_array_elements_text(CASE WHEN jsonb_typeof(value) = 'array' THEN value END) AS e(item) ON true
 WHERE value IS NOT NULL AND value <> 'null'
