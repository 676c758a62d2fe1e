-- migrate:up

-- What limited callers see of each table (events/second_wall.py). A deal has its own line of business, and so have offers,
-- works and refused histories; what belongs to a deal is seen where the deal is. A document without a deal has the line of
-- its customer. Parts of an object (versions, stages, allocations) are read by what they belong to, and are not held.
-- (SELECT true …) and not EXISTS, which PostgreSQL may answer by reading all deals into a hash.
DO $$
DECLARE
  own  text := 'direction IS NULL OR direction = ANY ((SELECT lines_seen())::text[])';
  held text;
BEGIN
  FOREACH held IN ARRAY ARRAY['deals', 'deal_offers', 'works', 'refused_histories'] LOOP
    CALL hold_to_lines(held::regclass, own);
  END LOOP;
  FOREACH held IN ARRAY ARRAY['invoices', 'quotes', 'imported_deals'] LOOP
    CALL hold_to_lines(held::regclass, format('(SELECT true FROM deals d WHERE d.deal_id = %I.deal_id)', held));
  END LOOP;
END $$;

CALL hold_to_lines('payments', 'deal_id IS NULL OR (SELECT true FROM deals d WHERE d.deal_id = payments.deal_id)');
CALL hold_to_lines('deal_handovers', 'directions <@ (SELECT lines_seen())');
CALL hold_to_lines('documents', $$
  CASE WHEN deal_id IS NOT NULL THEN (SELECT true FROM deals d WHERE d.deal_id = documents.deal_id)
       ELSE coalesce((SELECT c.direction = ANY ((SELECT lines_seen())::text[]) FROM customers c
                       WHERE c.customer_id = documents.customer_id), true) END
$$);

-- The deals of a customer, and those he takes part in. As the owner: behind a policy PostgreSQL looks nothing up in an
-- index on arrays, whose operators are not leakproof. It gives ids only, and whoever asks reads the deals behind his wall.
CREATE FUNCTION deals_of_person(person uuid) RETURNS uuid[]
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  RETURN ARRAY(SELECT deal_id FROM deals WHERE customer_id = person UNION ALL
               SELECT deal_id FROM deals WHERE people @> ARRAY[person]);

-- migrate:down

DROP FUNCTION deals_of_person;
CALL hold_nothing_to_lines();
