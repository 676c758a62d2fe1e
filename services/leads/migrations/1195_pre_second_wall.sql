-- migrate:up

-- What limited callers see of each table (events/second_wall.py): rows of their lines of business and of none; imports and
-- hand-overs where the lines of who asked for them are all theirs. Not held: cards, whose line is that of all that were
-- merged with them and that a request of another line may belong to; what belongs to a card; and sources, which every
-- process must know whole.
DO $$
DECLARE
  own  text := 'direction IS NULL OR direction = ANY ((SELECT lines_seen())::text[])';
  held text;
BEGIN
  FOREACH held IN ARRAY ARRAY['leads', 'interactions', 'notes', 'call_commands', 'call_entries', 'organisations', 'lists',
                              'marketing_events', 'ad_spend', 'customer_deals'] LOOP
    CALL hold_to_lines(held::regclass, own);
  END LOOP;
  FOREACH held IN ARRAY ARRAY['imports', 'handovers'] LOOP
    CALL hold_to_lines(held::regclass, 'directions <@ (SELECT lines_seen())');
  END LOOP;
END $$;

-- Who has the leads of cards, of whatever line of business. As the owner: who answers for a card does not depend on who
-- asks, and whoever asks is told a name and never of the lead.
CREATE FUNCTION managers_of_leads(cards uuid[])
  RETURNS TABLE (customer_id uuid, lead_id uuid, manager_id text, captured_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  SELECT l.customer_id, l.id, l.manager_id, l.captured_at FROM leads l
   WHERE l.customer_id = ANY (cards) AND l.manager_id IS NOT NULL;
END;

-- migrate:down

DROP FUNCTION managers_of_leads;
CALL hold_nothing_to_lines();
