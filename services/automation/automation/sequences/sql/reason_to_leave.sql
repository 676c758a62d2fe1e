-- Why the way of the customer $1 ends, who entered at $2 (recorded at $3): he is erased, or the first sign since, of those that
-- the sequence heeds ($4), and of a withdrawal that is about its purpose ($5) and one of its media ($6).
SELECT found.reason, found.event_id
  FROM cards_of($1) AS card(id)
 CROSS JOIN LATERAL (
        SELECT 'erased' AS reason, NULL::uuid AS event_id, NULL::timestamptz AS recorded_at
          FROM contacts c WHERE c.customer_id = card.id AND c.erased
         UNION ALL
        SELECT s.reason, s.event_id, s.recorded_at
          FROM signs s
         WHERE s.customer_id = card.id AND s.recorded_at > $3
           AND (s.reason = 'black_listed'
                OR s.reason = ANY($4::text[]) AND s.occurred_at > $2
               AND (s.purpose IS NULL OR s.purpose = $5) AND (s.medium IS NULL OR s.medium = ANY($6::text[])))
       ) AS found
 ORDER BY found.recorded_at NULLS FIRST LIMIT 1
