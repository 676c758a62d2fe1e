-- Which of these subjects ($1 their numbers) are there and in sight ($5; NULL: all): a customer who was not erased, and a
-- lead or a deal that is one of his.
SELECT asked.n
  FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::uuid[]) AS asked(n, customer_id, lead_id, deal_id)
  JOIN contacts c ON c.customer_id = asked.customer_id AND NOT c.erased
 WHERE (asked.lead_id IS NULL OR EXISTS (
         SELECT FROM cards_of(asked.customer_id) card(id)
           JOIN facts f ON f.subject_id = card.id AND f.name = 'leads.' || asked.lead_id))
   AND (asked.deal_id IS NULL OR EXISTS (
         SELECT FROM cards_of(asked.customer_id) card(id)
           JOIN facts f ON f.subject_id = card.id AND f.name = 'deals.' || asked.deal_id))
   AND is_in_sight(asked.deal_id, asked.lead_id, asked.customer_id, $5::text[])
