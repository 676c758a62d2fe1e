-- migrate:up

-- What limited callers see of each table (events/second_wall.py): what is_in_sight shows, as in the lists themselves; a task
-- or a contact that is somebody's own always; and endpoints that get events of his lines of business only. Not held: what
-- belongs to these (attempts, deliveries), and what consumers keep of customers to decide by, which no list shows.
DO $$
DECLARE
  held text;
BEGIN
  FOREACH held IN ARRAY ARRAY['messages', 'suppressions', 'enrolments', 'mailing_recipients', 'questionnaire_answers'] LOOP
    CALL hold_to_lines(held::regclass, 'is_in_sight(NULL, NULL, customer_id, (SELECT lines_seen()))');
  END LOOP;
END $$;

CALL hold_to_lines('asked', 'is_in_sight(deal_id, lead_id, customer_id, (SELECT lines_seen()))');
CALL hold_to_lines('pending_firings', 'is_in_sight(deal_id, NULL, customer_id, (SELECT lines_seen()))');
CALL hold_to_lines('manager_tasks', $$
  assignee = (SELECT current_setting('voronka.caller'))
  OR is_in_sight(deal_id, lead_id, customer_id, (SELECT lines_seen()))
$$);
CALL hold_to_lines('planned_contacts', $$
  manager_id = (SELECT current_setting('voronka.caller'))
  OR is_in_sight(deal_id, lead_id, customer_id, (SELECT lines_seen()))
$$);
CALL hold_to_lines('webhook_endpoints', $$directions <> '{}' AND directions <@ (SELECT lines_seen())$$);

-- migrate:down

CALL hold_nothing_to_lines();
