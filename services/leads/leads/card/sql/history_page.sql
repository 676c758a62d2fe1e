-- A page of what the streams $1 tell, newest first, and of what other services said of the customers $4; of the kinds $2
-- (NULL: all), which $8 knows by type, else by its first word. Of organisations ($3) only what concerns these customers.
-- The cursor ($5, $6) is time and id of the last entry before. What is said of a deal is seen with its line of business
-- ($9, NULL: all), and everything of others with the permission ($11) that $10 names for its subject or service. Documents
-- of other classes of confidentiality than $12, and what became of them, are seen by who sets documents up.
SELECT * FROM (
  (SELECT id, 'leads' AS service, stream_id, NULL::uuid AS customer_id, version, type, data::text AS data, actor,
          correlation_id, causation_id, occurred_at, recorded_at
     FROM events
    WHERE (stream_id = ANY($1::uuid[]) OR stream_id = ANY($3::uuid[]) AND data ->> 'customer_id' = ANY($4::text[]))
      AND ($2::text[] IS NULL OR coalesce($8::jsonb ->> type, $8 ->> split_part(type, '.', 1), 'other') = ANY($2))
      AND ($5::timestamptz IS NULL OR (occurred_at, id) < ($5, $6::uuid))
    ORDER BY occurred_at DESC, id DESC LIMIT $7)
  UNION ALL
  (SELECT h.event_id, h.service, h.stream_id, h.customer_id, h.version, h.type, h.facts::text, h.actor, h.correlation_id,
          h.causation_id, h.occurred_at, h.recorded_at
     FROM heard h LEFT JOIN customer_deals d ON d.deal_id = h.deal_id
    WHERE h.customer_id = ANY($4::text[]::uuid[])
      AND ($2 IS NULL OR coalesce($8 ->> h.type, $8 ->> split_part(h.type, '.', 1), 'other') = ANY($2))
      AND ($5 IS NULL OR (h.occurred_at, h.event_id) < ($5, $6))
      AND ($9::text[] IS NULL OR h.deal_id IS NULL OR d.told AND (d.direction IS NULL OR d.direction = ANY($9)))
      AND ($9 IS NULL OR NOT h.facts ? 'direction' OR h.facts ->> 'direction' = ANY($9))
      AND coalesce($10::jsonb ->> split_part(h.type, '.', 1), $10 ->> h.service) = ANY($11::text[])
      AND (NOT starts_with(h.type, 'document') OR 'documents:setup' = ANY($11) OR (
            SELECT c.facts ->> 'confidentiality' FROM heard c
             WHERE c.stream_id = coalesce((h.facts ->> 'document_id')::uuid, h.stream_id) AND c.facts ? 'confidentiality'
             ORDER BY c.version DESC LIMIT 1) = ANY($12::text[]))
    ORDER BY h.occurred_at DESC, h.event_id DESC LIMIT $7)
) told
 ORDER BY occurred_at DESC, id DESC
 LIMIT $7
