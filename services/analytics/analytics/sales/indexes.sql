-- What the reports look things up by. Made when a build has been filled: a rebuild then has only primary keys to keep.
CREATE INDEX customers_by_registration ON customers (registered_at);
CREATE INDEX leads_by_capture ON leads (captured_at);
CREATE INDEX leads_by_record ON leads (recorded_at);
CREATE INDEX leads_by_customer ON leads (customer_id);
CREATE INDEX touches_by_time ON touches (touched_at);
CREATE INDEX customer_segments_by_time ON customer_segments (occurred_at);
CREATE INDEX touches_by_customer ON touches (customer_id);
CREATE INDEX lead_assignments_by_time ON lead_assignments (occurred_at);
CREATE INDEX lead_takings_by_time ON lead_takings (occurred_at);
CREATE INDEX lead_status_changes_by_time ON lead_status_changes (occurred_at);
CREATE INDEX call_list_changes_by_time ON call_list_changes (occurred_at);
CREATE INDEX ad_spend_by_day ON ad_spend (day);
CREATE INDEX interactions_by_time ON interactions (took_place_at);
CREATE INDEX interactions_by_lead ON interactions (lead_id) WHERE lead_id IS NOT NULL;
CREATE INDEX interactions_by_deal ON interactions (deal_id) WHERE deal_id IS NOT NULL;
CREATE INDEX interactions_by_customer ON interactions (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX interaction_changes_by_time ON interaction_changes (occurred_at);
-- When a customer was first answered: by this alone.
CREATE INDEX interaction_changes_answering ON interaction_changes (customer_id, occurred_at)
  WHERE flow = 'out' AND change IN ('registered', 'progressed');
CREATE INDEX interactions_by_plan ON interactions (planned_at) WHERE planned_at IS NOT NULL;
CREATE INDEX participant_moves_by_event ON participant_moves (marketing_event_id);
CREATE INDEX deals_by_lead ON deals (lead_id);
CREATE INDEX deals_by_customer ON deals (customer_id);
CREATE INDEX deals_by_opening ON deals (opened_at);
CREATE INDEX deals_open ON deals (manager_id) WHERE stage_kind = 'open';
CREATE INDEX deal_stage_changes_by_time ON deal_stage_changes (occurred_at);
CREATE INDEX deal_closings_by_time ON deal_stage_changes (occurred_at) WHERE kind IN ('won', 'lost');
CREATE INDEX deal_values_by_time ON deal_values (occurred_at);
CREATE INDEX deal_assignments_by_time ON deal_assignments (occurred_at);
CREATE INDEX deal_expectations_by_day ON deal_close_expectations (expected_date);
CREATE INDEX quote_changes_by_deal ON quote_changes (deal_id);
CREATE INDEX invoice_changes_by_deal ON invoice_changes (deal_id);
CREATE INDEX invoice_changes_by_due ON invoice_changes (due_date);
CREATE INDEX payments_by_deal ON payments (deal_id);
CREATE INDEX payments_by_time ON payments (received_at);
CREATE INDEX payments_by_customer ON payments (customer_id);
CREATE INDEX payment_matches_by_deal ON payment_matches (deal_id);
CREATE INDEX payment_allocations_by_invoice ON payment_allocations (invoice_id);
CREATE INDEX payment_refunds_by_time ON payment_refunds (occurred_at);
CREATE INDEX work_changes_by_deal ON work_changes (deal_id);
CREATE INDEX tasks_by_creation ON tasks (created_at);
CREATE INDEX tasks_by_due ON tasks (due_at);
CREATE INDEX tasks_open ON tasks (assignee, due_at) WHERE completed_at IS NULL AND created_at IS NOT NULL;
CREATE INDEX tasks_done ON tasks (completed_at) INCLUDE (assignee, due_at)
  WHERE completed_at IS NOT NULL AND created_at IS NOT NULL;
CREATE INDEX tasks_by_lead ON tasks (lead_id) WHERE lead_id IS NOT NULL;
CREATE INDEX tasks_by_deal ON tasks (deal_id) WHERE deal_id IS NOT NULL;
CREATE INDEX tasks_by_customer ON tasks (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX task_changes_by_time ON task_changes (occurred_at);
CREATE INDEX messages_by_request ON messages (requested_at);
CREATE INDEX messages_by_customer ON messages (customer_id);
CREATE INDEX message_changes_by_time ON message_changes (occurred_at);
CREATE INDEX delivery_reports_by_message ON delivery_reports (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX traits_by_field ON trait_changes (field, subject);
CREATE INDEX tags_by_tag ON tag_changes (tag, subject);

-- THE ROLLUP -------------------------------------------------------------------------------------------------------------

-- What reports are made of, by the day on which a lead was captured (requests: on which they came), a customer registered,
-- or anything happened, in the business time zone, as all is now. Derived: computed anew from the facts for the days that changed, never incremented;
-- a verification leaves out what is named rolled_. Filled in the background once the build has these triggers; until it
-- is whole, and of days that have changed since, reports read the facts. No reader of the schema bi needs it.
CREATE TABLE rolled_state (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), zone text NOT NULL, filled_to date, is_whole boolean NOT NULL);
-- What the funnel asks of a day in all, whatever the channel and the line of business.
CREATE TABLE rolled_cohorts (
  day date NOT NULL, requests bigint NOT NULL, leads bigint NOT NULL, qualified bigint NOT NULL, with_deal bigint NOT NULL,
  qualified_with_deal bigint NOT NULL, deals bigint NOT NULL, won bigint NOT NULL, lost bigint NOT NULL);
CREATE TABLE rolled_steps (
  day date NOT NULL, pipeline text, stage text, kind text, entered bigint NOT NULL, now_there bigint NOT NULL,
  moved_on bigint NOT NULL, won bigint NOT NULL, lost bigint NOT NULL, hours_over numeric, waits timestamptz[]);
CREATE TABLE rolled_requests (
  day date NOT NULL, channel text, direction text, touches bigint NOT NULL, repeats bigint NOT NULL);
CREATE TABLE rolled_leads (
  day date NOT NULL, channel text, direction text, is_qualified boolean NOT NULL, deal_directions text[] NOT NULL,
  won_directions text[] NOT NULL, leads bigint NOT NULL);
CREATE TABLE rolled_deals (
  day date NOT NULL, channel text, direction text, deal_direction text, stage_kind text, deals bigint NOT NULL);
CREATE TABLE rolled_money (
  day date NOT NULL, channel text, direction text, deal_direction text, currency text, amount numeric);
CREATE TABLE rolled_stages (
  day date NOT NULL, channel text, direction text, deal_direction text, pipeline text, stage text, kind text,
  entered bigint NOT NULL, now_there bigint NOT NULL, moved_on bigint NOT NULL, won bigint NOT NULL, lost bigint NOT NULL,
  stays float8[], waits timestamptz[], hours_over numeric);
CREATE TABLE rolled_stays (
  day date NOT NULL, pipeline text, stage text, level integer NOT NULL, times bigint NOT NULL, hours float8[] NOT NULL);
CREATE TABLE rolled_answers (
  day date NOT NULL, manager_id text NOT NULL, direction text, level integer, leads bigint NOT NULL, minutes float8[]);
CREATE TABLE rolled_loads (
  day date NOT NULL, manager_id text NOT NULL, direction text, open_leads bigint NOT NULL, open_tasks bigint NOT NULL,
  due_at timestamptz[], open_deals bigint NOT NULL);
CREATE TABLE rolled_done (
  day date NOT NULL, manager_id text NOT NULL, direction text, done bigint NOT NULL, late bigint NOT NULL,
  last_at timestamptz NOT NULL);
CREATE TABLE rolled_closings (
  day date NOT NULL, manager_id text NOT NULL, direction text, currency text, won bigint NOT NULL, lost bigint NOT NULL,
  amount numeric, last_at timestamptz NOT NULL);
CREATE TABLE rolled_earnings (
  day date NOT NULL, manager_id text NOT NULL, direction text, currency text, amount numeric, profit numeric);
CREATE TABLE rolled_payers (
  day date NOT NULL, manager_id text NOT NULL, direction text, paid_before date, is_costed boolean NOT NULL, costed_before date,
  deals bigint NOT NULL);
CREATE TABLE rolled_contacts (
  day date NOT NULL, manager_id text, direction text, calls bigint NOT NULL, calls_out bigint NOT NULL,
  calls_in bigint NOT NULL, answered_calls bigint NOT NULL, missed_calls bigint NOT NULL, talk_seconds bigint NOT NULL,
  letters_out bigint NOT NULL, letters_in bigint NOT NULL, messages bigint NOT NULL, messages_out bigint NOT NULL,
  meetings bigint NOT NULL, visits bigint NOT NULL, contacts bigint NOT NULL, last_at timestamptz NOT NULL);
CREATE TABLE rolled_reached (day date NOT NULL, manager_id text, directions text[] NOT NULL, customers bigint NOT NULL);
CREATE TABLE rolled_planned (
  day date NOT NULL, manager_id text NOT NULL, direction text, meetings bigint NOT NULL, pending timestamptz[]);
CREATE TABLE rolled_paths (
  day date NOT NULL, channel text, step text NOT NULL, level integer, times bigint NOT NULL, hours float8[],
  touches numeric NOT NULL);
CREATE TABLE rolled_losses (
  day date NOT NULL, pipeline text, reason text, stage text, direction text, currency text, lost bigint NOT NULL,
  amount numeric, days float8[]);
CREATE TABLE rolled_sales (
  day date NOT NULL, pipeline text, deal_type text, direction text, sales bigint NOT NULL, days_in_all numeric, days float8[],
  days_from_touch float8[], contacts bigint NOT NULL);
CREATE TABLE rolled_messages (
  day date NOT NULL, template text, medium text, direction text, requested bigint NOT NULL, sent bigint NOT NULL,
  failed bigint NOT NULL, unconfirmed bigint NOT NULL, delivered bigint NOT NULL, opened bigint NOT NULL, clicked bigint NOT NULL, bounced bigint NOT NULL,
  complained bigint NOT NULL, unsubscribed bigint NOT NULL, hours_to_open float8[]);
CREATE TABLE rolled_invoices (
  day date NOT NULL, direction text, currency text, delay integer, due numeric NOT NULL, times bigint NOT NULL);
-- Sums of the days of a month, which stands for it: for what all days that there are are asked for.
CREATE TABLE rolled_delays (
  day date NOT NULL, direction text, currency text, delay integer NOT NULL, times bigint NOT NULL);
CREATE TABLE rolled_open_months (
  day date NOT NULL, pipeline text, stage text, direction text, currency text, deals bigint NOT NULL, amount numeric);
CREATE TABLE rolled_credits (
  day date NOT NULL, channel text, pipeline text, direction text, currency text, first numeric, last numeric, linear numeric,
  position numeric, alone numeric);
CREATE TABLE rolled_splits (
  day date NOT NULL, pipeline text, direction text, currency text, amount numeric, channels text[] NOT NULL,
  ages float8[] NOT NULL);
CREATE TABLE rolled_takings (
  day date NOT NULL, person_id uuid, manager_id text, channel text, pipeline text, direction text, currency text,
  amount numeric, profit numeric);
CREATE TABLE rolled_open (
  day date NOT NULL, pipeline text, stage text, direction text, currency text, deals bigint NOT NULL, amount numeric);
CREATE TABLE rolled_expected (
  day date NOT NULL, pipeline text, stage text, direction text, currency text, amount numeric);
CREATE TABLE rolled_won (
  day date NOT NULL, pipeline text, direction text, currency text, sales bigint NOT NULL, amount numeric);
CREATE TABLE rolled_events (
  day date NOT NULL, marketing_event_id uuid NOT NULL, participants bigint NOT NULL, came bigint NOT NULL,
  organisations bigint NOT NULL, loyalty numeric, interest numeric);
CREATE TABLE rolled_happenings (
  day date NOT NULL, what text NOT NULL, direction text, currency text, times bigint NOT NULL, amount numeric);
CREATE TABLE rolled_customers (
  day date NOT NULL, is_new boolean NOT NULL, direction text, has_email boolean NOT NULL, has_phone boolean NOT NULL,
  won_directions text[] NOT NULL, open_directions text[] NOT NULL, nurture_directions text[] NOT NULL,
  customers bigint NOT NULL, emails bigint NOT NULL);
CREATE TABLE rolled_purchases (
  day date NOT NULL, person_id uuid NOT NULL, currency text NOT NULL, paid numeric NOT NULL, before date);
-- A row without a currency counts the customers, one with it sums what they had paid until the pause.
CREATE TABLE rolled_pauses (
  day date NOT NULL, until date NOT NULL, currency text, customers bigint NOT NULL, paid numeric);
CREATE TABLE rolled_members (day date NOT NULL, direction text, segment text NOT NULL, customers bigint NOT NULL);
CREATE TABLE rolled_moves (
  day date NOT NULL, counted_from date NOT NULL, direction text, segment text NOT NULL, previous_segment text NOT NULL,
  reason text NOT NULL, changes bigint NOT NULL);
CREATE TABLE rolled_brought (
  day date NOT NULL, counted_from date NOT NULL, direction text, deal_direction text, segment text NOT NULL,
  currency text NOT NULL, amount numeric NOT NULL);
-- A row without a need counts who asked. again: how many of the customers asked again by each of the days `untils`.
CREATE TABLE rolled_needs (
  day date NOT NULL, need text, value text, customers bigint NOT NULL, untils date[], again bigint[]);
CREATE TABLE rolled_demand (
  day date NOT NULL, said_on date NOT NULL, said_next date NOT NULL, need text NOT NULL, value text NOT NULL, currency text,
  deals bigint NOT NULL, won bigint NOT NULL, lost bigint NOT NULL, amount numeric);
CREATE TABLE rolled_buyers (
  day date NOT NULL, since date NOT NULL, until date NOT NULL, person_id uuid, currency text, amount numeric, traits text[],
  trait_values text[]);
CREATE TABLE rolled_traits (
  day date NOT NULL, currency text, trait text NOT NULL, value text, customers bigint NOT NULL, amount numeric,
  untils date[], again bigint[]);
CREATE TABLE rolled_pipelines (pipeline text PRIMARY KEY);
CREATE INDEX rolled_cohorts_by_day ON rolled_cohorts (day);
CREATE INDEX rolled_steps_by_day ON rolled_steps (day);
CREATE INDEX rolled_requests_by_day ON rolled_requests (day);
CREATE INDEX rolled_leads_by_day ON rolled_leads (day);
CREATE INDEX rolled_deals_by_day ON rolled_deals (day);
CREATE INDEX rolled_money_by_day ON rolled_money (day);
CREATE INDEX rolled_stages_by_day ON rolled_stages (day);
CREATE INDEX rolled_stays_by_day ON rolled_stays (day);
CREATE INDEX rolled_answers_by_day ON rolled_answers (day);
CREATE INDEX rolled_loads_by_day ON rolled_loads (day);
CREATE INDEX rolled_done_by_day ON rolled_done (day);
CREATE INDEX rolled_closings_by_day ON rolled_closings (day);
CREATE INDEX rolled_earnings_by_day ON rolled_earnings (day);
CREATE INDEX rolled_payers_by_day ON rolled_payers (day);
CREATE INDEX rolled_reached_by_day ON rolled_reached (day);
CREATE INDEX rolled_planned_by_day ON rolled_planned (day);
CREATE INDEX rolled_contacts_by_day ON rolled_contacts (day);
CREATE INDEX rolled_paths_by_day ON rolled_paths (day);
CREATE INDEX rolled_losses_by_day ON rolled_losses (day);
CREATE INDEX rolled_sales_by_day ON rolled_sales (day);
CREATE INDEX rolled_messages_by_day ON rolled_messages (day);
CREATE INDEX rolled_invoices_by_day ON rolled_invoices (day);
CREATE INDEX rolled_invoices_due ON rolled_invoices (day) WHERE due > 0;
CREATE INDEX rolled_delays_by_day ON rolled_delays (day);
CREATE INDEX rolled_open_months_by_day ON rolled_open_months (day);
CREATE INDEX rolled_credits_by_day ON rolled_credits (day);
CREATE INDEX rolled_splits_by_day ON rolled_splits (day);
CREATE INDEX rolled_takings_by_day ON rolled_takings (day);
CREATE INDEX rolled_open_by_day ON rolled_open (day);
CREATE INDEX rolled_expected_by_day ON rolled_expected (day);
CREATE INDEX rolled_won_by_day ON rolled_won (day);
CREATE INDEX rolled_events_by_day ON rolled_events (day);
CREATE INDEX rolled_happenings_by_day ON rolled_happenings (day);
CREATE INDEX rolled_customers_by_day ON rolled_customers (day);
CREATE INDEX rolled_purchases_by_day ON rolled_purchases (day);
CREATE INDEX rolled_pauses_by_day ON rolled_pauses (day);
CREATE INDEX rolled_pauses_by_end ON rolled_pauses (until, day);
CREATE INDEX rolled_members_by_day ON rolled_members (day);
CREATE INDEX rolled_moves_by_day ON rolled_moves (day);
CREATE INDEX rolled_brought_by_day ON rolled_brought (day);
CREATE INDEX rolled_needs_by_day ON rolled_needs (day);
CREATE INDEX rolled_demand_by_day ON rolled_demand (day);
CREATE INDEX rolled_buyers_by_day ON rolled_buyers (day);
CREATE INDEX rolled_traits_by_day ON rolled_traits (day);

-- What has changed since: notes, written with the facts and taken by whoever computes their days anew. No key, so that
-- nobody who writes waits for him who takes.
CREATE TABLE rolled_changes (subject text NOT NULL, subject_id uuid);

CREATE FUNCTION note_leads() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN INSERT INTO rolled_changes SELECT DISTINCT 'lead', lead_id FROM added; RETURN NULL; END $$;
CREATE FUNCTION note_deals() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN INSERT INTO rolled_changes SELECT DISTINCT 'deal', deal_id FROM added; RETURN NULL; END $$;
CREATE FUNCTION note_payments() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN INSERT INTO rolled_changes SELECT DISTINCT 'payment', payment_id FROM added; RETURN NULL; END $$;
CREATE FUNCTION note_assignments() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN INSERT INTO rolled_changes SELECT DISTINCT 'assignment', lead_id FROM added; RETURN NULL; END $$;
CREATE FUNCTION note_contacts() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN INSERT INTO rolled_changes SELECT DISTINCT 'contact', interaction_id FROM added; RETURN NULL; END $$;
CREATE FUNCTION note_tasks() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN INSERT INTO rolled_changes SELECT DISTINCT 'task', task_id FROM added; RETURN NULL; END $$;
CREATE FUNCTION note_invoices() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN INSERT INTO rolled_changes SELECT DISTINCT 'invoice', invoice_id FROM added; RETURN NULL; END $$;
CREATE FUNCTION note_customers() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN INSERT INTO rolled_changes SELECT DISTINCT 'customer', customer_id FROM added; RETURN NULL; END $$;
CREATE FUNCTION note_cards() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN INSERT INTO rolled_changes SELECT DISTINCT 'card', customer_id FROM added; RETURN NULL; END $$;
CREATE FUNCTION note_traits() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO rolled_changes SELECT DISTINCT 'trait', subject_id FROM added WHERE subject IN ('customer', 'lead');
  RETURN NULL;
END $$;
CREATE FUNCTION note_segments() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN INSERT INTO rolled_changes SELECT DISTINCT 'segment', customer_id FROM added; RETURN NULL; END $$;
CREATE FUNCTION note_messages() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO rolled_changes SELECT DISTINCT 'message', message_id FROM added WHERE message_id IS NOT NULL;
  RETURN NULL;
END $$;
CREATE FUNCTION note_terms() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN INSERT INTO rolled_changes SELECT DISTINCT 'terms', deal_id FROM added; RETURN NULL; END $$;
CREATE FUNCTION note_events() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN INSERT INTO rolled_changes SELECT DISTINCT 'event', marketing_event_id FROM added; RETURN NULL; END $$;
CREATE FUNCTION note_pipelines() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN INSERT INTO rolled_changes VALUES ('pipelines', NULL); RETURN NULL; END $$;

-- Of a subject's row only what the rollup reads; the rest has histories.
CREATE FUNCTION note_changed_leads() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO rolled_changes
  SELECT 'lead', a.lead_id FROM added a JOIN removed r USING (lead_id)
   WHERE (a.captured_at, a.channel, a.is_test) IS DISTINCT FROM (r.captured_at, r.channel, r.is_test);
  RETURN NULL;
END $$;
CREATE FUNCTION note_changed_customers() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO rolled_changes
  SELECT 'customer', a.customer_id FROM added a JOIN removed r USING (customer_id)
   WHERE (a.registered_at, a.direction, a.erased_at) IS DISTINCT FROM (r.registered_at, r.direction, r.erased_at);
  RETURN NULL;
END $$;
CREATE FUNCTION note_changed_deals() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO rolled_changes
  SELECT 'deal', a.deal_id FROM added a JOIN removed r USING (deal_id)
   WHERE (a.opened_at, a.lead_id, a.pipeline, a.direction) IS DISTINCT FROM (r.opened_at, r.lead_id, r.pipeline, r.direction);
  INSERT INTO rolled_changes
  SELECT 'terms', a.deal_id FROM added a JOIN removed r USING (deal_id)
   WHERE (a.customer_id, a.manager_id, a.amount, a.currency, a.lines_currency, a.lines_net, a.lines_gross, a.lines_cost,
          a.lines_version)
         IS DISTINCT FROM
         (r.customer_id, r.manager_id, r.amount, r.currency, r.lines_currency, r.lines_net, r.lines_gross, r.lines_cost,
          r.lines_version);
  RETURN NULL;
END $$;
CREATE FUNCTION note_changed_payments() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO rolled_changes
  SELECT 'payment', a.payment_id FROM added a JOIN removed r USING (payment_id)
   WHERE (a.received_at, a.amount, a.currency, a.is_test) IS DISTINCT FROM (r.received_at, r.amount, r.currency, r.is_test);
  RETURN NULL;
END $$;

CREATE TRIGGER noted AFTER INSERT ON leads REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_leads();
CREATE TRIGGER noted AFTER INSERT ON touches REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_leads();
CREATE TRIGGER noted AFTER INSERT ON lead_directions REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_leads();
CREATE TRIGGER noted AFTER INSERT ON lead_status_changes REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_leads();
CREATE TRIGGER noted AFTER INSERT ON deals REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_deals();
CREATE TRIGGER noted AFTER INSERT ON deal_stage_changes REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_deals();
CREATE TRIGGER noted AFTER INSERT ON deal_close_expectations REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_terms();
CREATE TRIGGER noted AFTER INSERT ON marketing_events REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_events();
CREATE TRIGGER noted AFTER INSERT ON marketing_event_changes REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_events();
CREATE TRIGGER noted AFTER INSERT ON marketing_event_results REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_events();
CREATE TRIGGER noted AFTER INSERT ON participant_moves REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_events();
CREATE TRIGGER noted AFTER INSERT ON payments REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_payments();
CREATE TRIGGER noted AFTER INSERT ON payment_matches REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_payments();
CREATE TRIGGER noted AFTER INSERT ON payment_refunds REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_payments();
CREATE TRIGGER noted AFTER INSERT ON pipeline_versions REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_pipelines();
CREATE TRIGGER noted_changed AFTER UPDATE ON leads REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_changed_leads();
CREATE TRIGGER noted_changed AFTER UPDATE ON deals REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_changed_deals();
CREATE TRIGGER noted_changed AFTER UPDATE ON payments REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_changed_payments();
CREATE TRIGGER noted AFTER INSERT ON lead_assignments REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_assignments();
CREATE TRIGGER noted AFTER INSERT ON lead_takings REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_assignments();
CREATE TRIGGER noted AFTER INSERT ON interaction_changes REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_contacts();
CREATE TRIGGER noted AFTER INSERT ON task_changes REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_tasks();
CREATE TRIGGER noted AFTER INSERT ON customers REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_customers();
CREATE TRIGGER noted AFTER INSERT ON customer_contact_changes REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_cards();
CREATE TRIGGER noted AFTER INSERT ON customer_merges REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_cards();
CREATE TRIGGER noted_changed AFTER UPDATE ON customers REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_changed_customers();
CREATE TRIGGER noted AFTER INSERT ON customer_segments REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_segments();
CREATE TRIGGER noted AFTER INSERT ON trait_changes REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_traits();
CREATE TRIGGER noted AFTER INSERT ON tag_changes REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_traits();
CREATE TRIGGER noted AFTER INSERT ON invoice_changes REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_invoices();
CREATE TRIGGER noted AFTER INSERT ON payment_allocations REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_invoices();
CREATE TRIGGER noted AFTER INSERT ON message_changes REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_messages();
CREATE TRIGGER noted AFTER INSERT ON delivery_reports REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION note_messages();
