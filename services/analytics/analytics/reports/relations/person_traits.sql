-- reads: roots, deals
-- What else is known of a person: tags, custom fields that are not personal, what was bought.
SELECT coalesce(r.root_id, x.subject_id) AS person_id, x.trait, x.value
  FROM (SELECT subject_id, 'tag' AS trait, tag AS value
          FROM (SELECT DISTINCT ON (h.subject_id, h.tag) h.subject_id, h.tag, h.is_added
                  FROM :schema.tag_changes h WHERE h.subject = 'customer' AND :known(h)
                 ORDER BY h.subject_id, h.tag, h.version DESC) t WHERE is_added
        UNION ALL
        SELECT subject_id, 'field:' || field, coalesce(item, value #>> '{}')
          FROM (SELECT DISTINCT ON (h.subject_id, h.field) h.subject_id, h.field, h.value
                  FROM :schema.trait_changes h WHERE h.subject = 'customer' AND :known(h)
                 ORDER BY h.subject_id, h.field, h.version DESC) f
          LEFT JOIN LATERAL jsonb_array_elements_text(CASE WHEN jsonb_typeof(value) = 'array'
              THEN value END) AS e(item) ON true
         WHERE value IS NOT NULL AND value <> 'null') x
  LEFT JOIN roots r ON r.customer_id = x.subject_id
UNION ALL
SELECT d.person_id, 'product', coalesce(p.code, l.product_id::text)
  FROM deals d
  JOIN (SELECT DISTINCT ON (h.deal_id) h.deal_id, h.version FROM :schema.deal_totals h
         WHERE :known(h) ORDER BY h.deal_id, h.version DESC) t USING (deal_id)
  JOIN :schema.deal_lines l ON l.deal_id = t.deal_id AND l.version = t.version
  LEFT JOIN :schema.products p USING (product_id)
 WHERE d.stage_kind = 'won' AND l.product_id IS NOT NULL
