-- Facts. Two kinds of tables:
--
-- Histories have a row per event (or per part of one): what changed, when it happened (occurred_at, business time) and
-- when it was recorded (recorded_at). Rows are only added, never changed; their key is the stream and its version. As of
-- a time T holds the last row (by version) with occurred_at <= T; rows with recorded_at > T too are corrections.
--
-- Subjects have a row per lead, deal, payment …, written by several event types, each its own columns. A column that holds
-- the latest value has a version beside it, and a row whose first event has not arrived has no time of beginning and is
-- not shown. recorded_at is that of the first event. What holds the latest value is right for now only.
--
-- loaded_at and updated_at tell when a row was written here. Money is an amount in major units and a currency, ISO 4217.

-- The times of every row of a history.
CREATE TABLE moments (
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  loaded_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- CUSTOMERS --------------------------------------------------------------------------------------------------------------

-- A customer's card, without personal data.
CREATE TABLE customers (
  customer_id   uuid PRIMARY KEY,
  registered_at timestamptz,
  recorded_at   timestamptz,
  direction     text,
  erased_at     timestamptz,
  loaded_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at    timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 90);

-- The personal data of a customer were erased.
CREATE TABLE customer_erasures (
  customer_id uuid, version integer,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (customer_id, version));

-- Who answers for a customer; no manager: nobody.
CREATE TABLE customer_assignments (
  customer_id uuid, version integer, manager_id text, previous_manager_id text, reason text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (customer_id, version));

-- A card was merged into another, or stands alone again (no card). Facts stay with the card that they came to.
CREATE TABLE customer_merges (
  customer_id uuid, version integer, into_customer_id uuid, reason text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (customer_id, version));

-- How many contacts of a kind (phone, email, messenger) a card got (change > 0) or lost (change < 0); not which ones.
CREATE TABLE customer_contact_changes (
  customer_id uuid, version integer, kind text, change integer NOT NULL,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (customer_id, version, kind));

-- Nobody is to work with a customer, or may again.
CREATE TABLE customer_blacklistings (
  customer_id uuid, version integer, is_blacklisted boolean NOT NULL,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (customer_id, version));

-- A customer agreed to a purpose, or does not any more, as of effective_at; without a channel: for all channels.
CREATE TABLE customer_consents (
  customer_id uuid, version integer, purpose text NOT NULL, channel text, is_given boolean NOT NULL, source text,
  text_version text, effective_at timestamptz NOT NULL,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (customer_id, version));

-- The segment of a customer (gold, silver, bronze, casual), as analytics said at occurred_at and why; who has no row is
-- casual. Revenue is of the window, share_percent of that of all customers, cut_percent the cut that was passed.
CREATE TABLE customer_segments (
  customer_id uuid, version integer, segment text NOT NULL, previous_segment text NOT NULL, reason text NOT NULL,
  cut_percent numeric, share_percent numeric NOT NULL, revenue numeric NOT NULL, currency text NOT NULL,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (customer_id, version));

-- What a known customer looked at on a site: how many pages and products, from when to when.
CREATE TABLE site_visits (
  visitor_id uuid, version integer, customer_id uuid NOT NULL, source text, viewed integer NOT NULL,
  first_at timestamptz NOT NULL, last_at timestamptz NOT NULL,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (visitor_id, version));

-- ORGANISATIONS ----------------------------------------------------------------------------------------------------------

-- An organisation without its name: kind is company or sole_trader and region the first two digits of the INN.
CREATE TABLE organisations (
  organisation_id uuid PRIMARY KEY,
  registered_at   timestamptz,
  recorded_at     timestamptz,
  direction       text,
  kind            text,
  region          text,
  details_version integer,
  loaded_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Who answers for an organisation; no manager: nobody.
CREATE TABLE organisation_assignments (
  organisation_id uuid, version integer, manager_id text, previous_manager_id text, reason text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (organisation_id, version));

-- A customer acts for an organisation, or was attached by mistake.
CREATE TABLE organisation_people (
  organisation_id uuid, version integer, customer_id uuid NOT NULL, is_attached boolean NOT NULL, is_primary boolean,
  since_date date, until_date date,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (organisation_id, version));

-- TAGS AND FIELDS --------------------------------------------------------------------------------------------------------

-- A tag was put on a subject (customer, organisation, deal) or taken off.
CREATE TABLE tag_changes (
  subject text, subject_id uuid, version integer, tag text, is_added boolean NOT NULL,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (subject_id, version, tag));

-- A custom field of a subject (customer, organisation, lead, deal) got a value. None: it was cleared, or is sealed by now.
CREATE TABLE trait_changes (
  subject text, subject_id uuid, version integer, field text, value jsonb,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (subject_id, version, field));

-- Definitions of custom fields, whole; options are [{code, title, retired}]. Of a retired one the rest is empty.
CREATE TABLE field_definitions (
  subject text, field text, version integer, kind text, field_title text, options jsonb, is_personal boolean,
  is_retired boolean NOT NULL,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (subject, field, version));

-- MANAGERS ---------------------------------------------------------------------------------------------------------------

-- A manager as he is set up from then on: his department, teams, lines of business (none: all) and hours.
CREATE TABLE manager_setups (
  manager_id text, version integer, is_active boolean NOT NULL, department text, teams text[] NOT NULL,
  directions text[] NOT NULL, time_zone text NOT NULL, working_hours jsonb NOT NULL, calendar text, open_limit integer,
  weight integer NOT NULL,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (manager_id, version));

-- A manager is not there from starts_at until before ends_at, or is after all (is_cancelled, the rest empty).
CREATE TABLE manager_absences (
  manager_id text, version integer, absence_id uuid NOT NULL, is_cancelled boolean NOT NULL, starts_at timestamptz,
  ends_at timestamptz, reason text, deputy_id text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (manager_id, version));

-- LEADS ------------------------------------------------------------------------------------------------------------------

-- A lead, as captured and as it is now; from_lead_id where a split of merged cards opened it.
CREATE TABLE leads (
  lead_id           uuid PRIMARY KEY,
  customer_id       uuid,
  captured_at       timestamptz,
  recorded_at       timestamptz,
  channel           text,
  intake            text,
  source            text,
  kind              text,
  campaign          text,
  medium            text,
  utm_source        text,
  is_test           boolean,
  is_returning      boolean,
  from_lead_id      uuid,
  direction         text,
  direction_version integer,
  manager_id        text,
  manager_version   integer,
  assigned_at       timestamptz,
  qualified_at      timestamptz,
  qualified_version integer,
  temperature       text,
  category          text,
  refused_at        timestamptz,
  refused_version   integer,
  refusal_reason    text,
  loaded_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at        timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 80);

-- Requests: the first of a lead, and every repeat. The business time is touched_at.
CREATE TABLE touches (
  lead_id       uuid NOT NULL,
  version       integer NOT NULL,
  touch_id      uuid NOT NULL,
  customer_id   uuid NOT NULL,
  touched_at    timestamptz NOT NULL,
  recorded_at   timestamptz NOT NULL,
  is_first      boolean NOT NULL,
  channel       text NOT NULL,
  intake        text NOT NULL,
  source        text NOT NULL,
  kind          text NOT NULL,
  campaign      text,
  medium        text,
  utm_source    text,
  content       text,
  term          text,
  referrer_host text,
  landing_path  text,
  is_test       boolean NOT NULL,
  loaded_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (lead_id, version)
);

-- Who is responsible for a lead: change is assigned, returned (to nobody) or qualified (told again by a qualification).
CREATE TABLE lead_assignments (
  lead_id uuid, version integer, change text NOT NULL, manager_id text, previous_manager_id text, strategy text,
  rule text, reason text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (lead_id, version));

-- The manager responsible began to work on a lead: the end of its wait.
CREATE TABLE lead_takings (
  lead_id uuid, version integer, manager_id text NOT NULL,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (lead_id, version));

-- The line of business of a lead, told when it is captured and qualified.
CREATE TABLE lead_directions (
  lead_id uuid, version integer, direction text NOT NULL,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (lead_id, version));

-- What the first line said of a lead: status is qualified, disqualified or open (again); reason is why it is or was closed.
CREATE TABLE lead_status_changes (
  lead_id uuid, version integer, status text NOT NULL, temperature text, category text, reason text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (lead_id, version));

-- Nothing is to be done about a lead before until_at.
CREATE TABLE lead_postponements (
  lead_id uuid, version integer, until_at timestamptz NOT NULL, manager_id text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (lead_id, version));

-- A lead on a call list: change is added, called or removed; due_at is the next call, none: the entry is done.
CREATE TABLE call_list_changes (
  entry_id uuid, version integer, change text NOT NULL, call_list text NOT NULL, lead_id uuid NOT NULL, customer_id uuid,
  manager_id text, result text, attempt integer, due_at timestamptz, outcome text, reason text, rule text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (entry_id, version));

-- What was spent on advertising in a day; the last row of a spend_id holds.
CREATE TABLE ad_spend (
  spend_id uuid, version integer, day date NOT NULL, channel text NOT NULL, campaign text, direction text,
  amount numeric NOT NULL, currency text NOT NULL, impressions integer, clicks integer,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (spend_id, version));

-- CONTACTS ---------------------------------------------------------------------------------------------------------------

-- Calls, letters, messages, meetings and visits. change is planned, registered (took place or began), rescheduled,
-- cancelled, concluded, reassigned, progressed (the exchange told more of a call), missed, returned (a missed call needs
-- nobody any more). kind: call, email, message, meeting, visit; flow: in (the customer began it), out.
-- call_result: answered, missed, busy, failed; none while the call lasts.
CREATE TABLE interaction_changes (
  interaction_id uuid, version integer, change text NOT NULL, kind text, flow text, intake text, source text,
  customer_id uuid, organisation_id uuid, manager_id text, lead_id uuid, deal_id uuid, direction text, touch_id uuid,
  planned_at timestamptz, duration_seconds integer, is_held boolean, result text, reason text,
  next_contact_at timestamptz, next_contact_kind text, started_at timestamptz, answered_at timestamptz,
  ended_at timestamptz, talk_seconds integer, call_result text, by_interaction_id uuid,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (interaction_id, version));

-- A contact as it is now: the last that was told of each column. began_at is when it was planned or registered.
-- took_place_at is when it was registered, or of a planned one that was held the time it was planned for, if that was
-- before it was concluded. Kept by a trigger of the history.
CREATE TABLE interactions (
  interaction_id    uuid PRIMARY KEY,
  kind              text,
  flow              text,
  intake            text,
  source            text,
  customer_id       uuid,
  organisation_id   uuid,
  manager_id        text,
  lead_id           uuid,
  deal_id           uuid,
  direction         text,
  touch_id          uuid,
  began_at          timestamptz,
  recorded_at       timestamptz,
  planned_at        timestamptz,
  took_place_at     timestamptz,
  duration_seconds  integer,
  talk_seconds      integer,
  call_result       text,
  is_held           boolean,
  result            text,
  concluded_at      timestamptz,
  cancelled_at      timestamptz,
  cancel_reason     text,
  missed_at         timestamptz,
  returned_at       timestamptz,
  next_contact_at   timestamptz,
  next_contact_kind text,
  loaded_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at        timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 70);

CREATE FUNCTION keep_interactions() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO interactions AS i (
         interaction_id, kind, flow, intake, source, customer_id, organisation_id, manager_id, lead_id, deal_id, direction,
         touch_id, began_at, recorded_at, planned_at, took_place_at, duration_seconds, talk_seconds, call_result, is_held,
         result, concluded_at, cancelled_at, cancel_reason, missed_at, returned_at, next_contact_at, next_contact_kind)
  SELECT interaction_id, kind, flow, intake, source, customer_id, organisation_id, manager_id, lead_id, deal_id, direction,
         touch_id, began_at, recorded_at, planned_at,
         coalesce(registered_at, CASE WHEN is_held THEN least(planned_at, concluded_at) END), duration_seconds,
         talk_seconds, call_result, is_held, result, concluded_at, cancelled_at, cancel_reason, missed_at, returned_at,
         next_contact_at, next_contact_kind
    FROM (SELECT interaction_id,
                 (array_agg(kind ORDER BY version DESC) FILTER (WHERE kind IS NOT NULL))[1] AS kind,
                 (array_agg(flow ORDER BY version DESC) FILTER (WHERE flow IS NOT NULL))[1] AS flow,
                 (array_agg(intake ORDER BY version DESC) FILTER (WHERE intake IS NOT NULL))[1] AS intake,
                 (array_agg(source ORDER BY version DESC) FILTER (WHERE source IS NOT NULL))[1] AS source,
                 (array_agg(customer_id ORDER BY version DESC) FILTER (WHERE customer_id IS NOT NULL))[1] AS customer_id,
                 (array_agg(organisation_id ORDER BY version DESC)
                    FILTER (WHERE organisation_id IS NOT NULL))[1] AS organisation_id,
                 (array_agg(manager_id ORDER BY version DESC) FILTER (WHERE manager_id IS NOT NULL))[1] AS manager_id,
                 (array_agg(lead_id ORDER BY version DESC) FILTER (WHERE lead_id IS NOT NULL))[1] AS lead_id,
                 (array_agg(deal_id ORDER BY version DESC) FILTER (WHERE deal_id IS NOT NULL))[1] AS deal_id,
                 (array_agg(direction ORDER BY version DESC) FILTER (WHERE direction IS NOT NULL))[1] AS direction,
                 (array_agg(touch_id ORDER BY version DESC) FILTER (WHERE touch_id IS NOT NULL))[1] AS touch_id,
                 min(occurred_at) FILTER (WHERE change IN ('planned', 'registered')) AS began_at,
                 min(c.recorded_at) FILTER (WHERE change IN ('planned', 'registered')) AS recorded_at,
                 (array_agg(planned_at ORDER BY version DESC) FILTER (WHERE planned_at IS NOT NULL))[1] AS planned_at,
                 min(occurred_at) FILTER (WHERE change = 'registered') AS registered_at,
                 (array_agg(duration_seconds ORDER BY version DESC)
                    FILTER (WHERE duration_seconds IS NOT NULL))[1] AS duration_seconds,
                 (array_agg(talk_seconds ORDER BY version DESC) FILTER (WHERE talk_seconds IS NOT NULL))[1] AS talk_seconds,
                 (array_agg(call_result ORDER BY version DESC) FILTER (WHERE call_result IS NOT NULL))[1] AS call_result,
                 (array_agg(is_held ORDER BY version DESC) FILTER (WHERE change = 'concluded'))[1] AS is_held,
                 (array_agg(result ORDER BY version DESC) FILTER (WHERE change = 'concluded'))[1] AS result,
                 (array_agg(occurred_at ORDER BY version DESC) FILTER (WHERE change = 'concluded'))[1] AS concluded_at,
                 (array_agg(occurred_at ORDER BY version DESC) FILTER (WHERE change = 'cancelled'))[1] AS cancelled_at,
                 (array_agg(reason ORDER BY version DESC) FILTER (WHERE change = 'cancelled'))[1] AS cancel_reason,
                 (array_agg(occurred_at ORDER BY version DESC) FILTER (WHERE change = 'missed'))[1] AS missed_at,
                 (array_agg(occurred_at ORDER BY version DESC) FILTER (WHERE change = 'returned'))[1] AS returned_at,
                 (array_agg(next_contact_at ORDER BY version DESC) FILTER (WHERE change = 'concluded'))[1] AS next_contact_at,
                 (array_agg(next_contact_kind ORDER BY version DESC)
                    FILTER (WHERE change = 'concluded'))[1] AS next_contact_kind
            FROM interaction_changes c
           WHERE interaction_id IN (SELECT interaction_id FROM added)
           GROUP BY interaction_id) told
  ON CONFLICT (interaction_id) DO UPDATE
     SET kind = excluded.kind, flow = excluded.flow, intake = excluded.intake, source = excluded.source,
         customer_id = excluded.customer_id, organisation_id = excluded.organisation_id, manager_id = excluded.manager_id,
         lead_id = excluded.lead_id, deal_id = excluded.deal_id, direction = excluded.direction,
         touch_id = excluded.touch_id, began_at = excluded.began_at, recorded_at = excluded.recorded_at,
         planned_at = excluded.planned_at, took_place_at = excluded.took_place_at,
         duration_seconds = excluded.duration_seconds, talk_seconds = excluded.talk_seconds,
         call_result = excluded.call_result, is_held = excluded.is_held, result = excluded.result,
         concluded_at = excluded.concluded_at, cancelled_at = excluded.cancelled_at, cancel_reason = excluded.cancel_reason,
         missed_at = excluded.missed_at, returned_at = excluded.returned_at, next_contact_at = excluded.next_contact_at,
         next_contact_kind = excluded.next_contact_kind, updated_at = clock_timestamp();
  RETURN NULL;
END $$;
CREATE TRIGGER interactions_kept AFTER INSERT ON interaction_changes REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION keep_interactions();

-- A click to call: asked for, then taken by the exchange or refused.
CREATE TABLE call_requests (
  command_id     uuid PRIMARY KEY,
  customer_id    uuid,
  manager_id     text,
  lead_id        uuid,
  direction      text,
  requested_at   timestamptz,
  recorded_at    timestamptz,
  placed_at      timestamptz,
  interaction_id uuid,
  refused_at     timestamptz,
  refusal_reason text,
  loaded_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- MARKETING EVENTS -------------------------------------------------------------------------------------------------------

-- An exhibition, seminar, webinar; all that can change stands in its history.
CREATE TABLE marketing_events (
  marketing_event_id uuid PRIMARY KEY,
  direction          text,
  announced_at       timestamptz NOT NULL,
  recorded_at        timestamptz NOT NULL,
  loaded_at          timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- change is planned or changed (the whole plan; amount is the budget), held (from, to), cost_recorded (amount is the whole
-- cost so far), closed or cancelled.
CREATE TABLE marketing_event_changes (
  marketing_event_id uuid, version integer, change text NOT NULL, kind text, event_name text, stages text[],
  planned_from timestamptz, planned_to timestamptz, held_from timestamptz, held_to timestamptz, amount numeric,
  currency text, reason text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (marketing_event_id, version));

-- What came of it with an organisation: loyalty and interest from 1 to 5.
CREATE TABLE marketing_event_results (
  marketing_event_id uuid, version integer, organisation_id uuid NOT NULL, loyalty integer NOT NULL,
  interest integer NOT NULL,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (marketing_event_id, version));

-- A person reached a stage of an event.
CREATE TABLE participant_moves (
  participation_id uuid, version integer, marketing_event_id uuid NOT NULL, customer_id uuid NOT NULL,
  organisation_id uuid, stage text NOT NULL, previous_stage text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (participation_id, version));

-- DEALS ------------------------------------------------------------------------------------------------------------------

-- A deal, as opened and as it is now. Its line of business never changes.
CREATE TABLE deals (
  deal_id          uuid PRIMARY KEY,
  customer_id      uuid,
  lead_id          uuid,
  previous_deal_id uuid,
  number           text,
  pipeline         text,
  pipeline_version integer,
  deal_type        text,
  direction        text,
  opened_at        timestamptz,
  recorded_at      timestamptz,
  manager_id       text,
  manager_version  integer,
  amount           numeric,
  currency         text,
  amount_version   integer,
  stage            text,
  stage_kind       text,
  stage_at         timestamptz,
  stage_version    integer,
  lost_reason      text,
  lost_version     integer,
  lines_currency   text,
  lines_net        numeric,
  lines_gross      numeric,
  lines_cost       numeric,
  lines_version    integer,
  loaded_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at       timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 70);

-- One row per entry into a stage, left at the next row of the deal. change is opened, moved, won, lost or reopened; kind
-- that of the stage: open, nurture, won, lost; reason why it was lost.
CREATE TABLE deal_stage_changes (
  deal_id uuid, version integer, change text NOT NULL, from_stage text, stage text NOT NULL, kind text NOT NULL,
  reason text, pipeline_version integer,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (deal_id, version));

-- What a deal is worth: told when it is opened, when it changes and when it is won.
CREATE TABLE deal_values (
  deal_id uuid, version integer, amount numeric NOT NULL, currency text NOT NULL,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (deal_id, version));

-- Who is responsible for a deal; the first row is its opening and may have nobody.
CREATE TABLE deal_assignments (
  deal_id uuid, version integer, manager_id text, previous_manager_id text, reason text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (deal_id, version));

-- The organisation that a deal is made with; none: with the person.
CREATE TABLE deal_organisations (
  deal_id uuid, version integer, organisation_id uuid,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (deal_id, version));

-- The day on which a deal is expected to be concluded; none: nobody knows.
CREATE TABLE deal_close_expectations (
  deal_id uuid, version integer, expected_date date,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (deal_id, version));

-- A deal in nurture was put off until wake_at (none: nobody says until when), or woke (is_woken).
CREATE TABLE deal_put_offs (
  deal_id uuid, version integer, is_woken boolean NOT NULL, wake_at timestamptz,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (deal_id, version));

-- All lines of a deal were set; these are their sums, empty where no line is left. The lines have the same version.
-- cost is what they cost the firm, without tax, in the same currency; empty where that of any line is not known.
CREATE TABLE deal_totals (
  deal_id uuid, version integer, lines integer NOT NULL, currency text, subtotal numeric, discounted numeric, net numeric,
  tax numeric, gross numeric, cost numeric, quote_id uuid,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (deal_id, version));

-- The lines of that version; amounts are of the whole line in the currency of the totals.
CREATE TABLE deal_lines (
  deal_id uuid, version integer, line_number integer, product_id uuid, unit text, quantity numeric NOT NULL,
  price numeric NOT NULL, unit_cost numeric, tax_rate numeric, discounted numeric NOT NULL, net numeric NOT NULL,
  tax numeric NOT NULL, gross numeric NOT NULL, currency text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (deal_id, version, line_number));

-- A qualified lead was offered to become a deal: change is offered, accepted or declined.
CREATE TABLE deal_offer_changes (
  offer_id uuid, version integer, change text NOT NULL, lead_id uuid NOT NULL, customer_id uuid, deal_id uuid,
  pipeline text, deal_type text, manager_id text, direction text, rule text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (offer_id, version));

-- Quotes: change is made, revised, sent, accepted, rejected or expired; amounts are gross, party is who answered.
CREATE TABLE quote_changes (
  quote_id uuid, version integer, change text NOT NULL, deal_id uuid NOT NULL, customer_id uuid, revision integer NOT NULL,
  amount numeric, currency text, valid_until date, channel text, reason text, party text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (quote_id, version));

-- What is sold. The name is the firm's own.
CREATE TABLE products (
  product_id       uuid PRIMARY KEY,
  code             text,
  registered_at    timestamptz,
  recorded_at      timestamptz,
  product_name     text,
  kind             text,
  unit             text,
  tax_rate         numeric,
  cost             numeric,
  cost_currency    text,
  details_version  integer,
  is_archived      boolean,
  archived_version integer,
  loaded_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- PIPELINES AND TARGETS --------------------------------------------------------------------------------------------------

-- Versions of pipelines; version is the stream's, pipeline_version what deals name. Of a retired one the rest is empty.
CREATE TABLE pipeline_versions (
  pipeline text, version integer, pipeline_version integer, is_retired boolean NOT NULL, title_ru text, title_en text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (pipeline, version));

-- The stages of a version in their order, from 1. Deals in it are won with probability (0 to 1) and stay expected_days.
CREATE TABLE pipeline_stages (
  pipeline text, version integer, position integer, stage text NOT NULL, kind text NOT NULL, probability numeric NOT NULL,
  expected_days integer, title_ru text, title_en text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (pipeline, version, position));

-- Reasons for a loss (loss_reason) and types of deals (deal_type) of a version.
CREATE TABLE pipeline_codes (
  pipeline text, version integer, kind text, code text, title_ru text, title_en text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (pipeline, version, kind, code));

-- What a company, department or manager is to reach in a period: of what, from its first to its last day.
CREATE TABLE targets (
  target_id   uuid PRIMARY KEY,
  period      text NOT NULL,
  first_day   date NOT NULL,
  last_day    date NOT NULL,
  owner_kind  text NOT NULL,
  owner_id    text NOT NULL,
  measure     text NOT NULL,
  currency    text,
  recorded_at timestamptz NOT NULL,
  loaded_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- How much it is: money where the target has a currency. change is set, changed or withdrawn (no amount).
CREATE TABLE target_changes (
  target_id uuid, version integer, change text NOT NULL, amount numeric,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (target_id, version));

-- MONEY ------------------------------------------------------------------------------------------------------------------

-- Invoices: change is issued, cancelled or overdue (amount is what was due then).
CREATE TABLE invoice_changes (
  invoice_id uuid, version integer, change text NOT NULL, deal_id uuid NOT NULL, customer_id uuid, kind text,
  amount numeric, currency text, due_date date, reason text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (invoice_id, version));

-- Money received; the deal is the one that it is matched to now.
CREATE TABLE payments (
  payment_id          uuid PRIMARY KEY,
  provider            text,
  provider_payment_id text,
  received_at         timestamptz,
  recorded_at         timestamptz,
  amount              numeric,
  currency            text,
  is_test             boolean,
  deal_id             uuid,
  customer_id         uuid,
  deal_version        integer,
  loaded_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at          timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The deal that a payment belongs to, from when it was received or matched.
CREATE TABLE payment_matches (
  payment_id uuid, version integer, deal_id uuid NOT NULL, customer_id uuid,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (payment_id, version));

-- What of a payment pays an invoice: allocated (amount > 0), deallocated or refunded (amount < 0).
CREATE TABLE payment_allocations (
  payment_id uuid, version integer, invoice_id uuid, change text NOT NULL, deal_id uuid, customer_id uuid,
  amount numeric NOT NULL, currency text NOT NULL, reason text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (payment_id, version, invoice_id));

-- Money given back of a payment.
CREATE TABLE payment_refunds (
  payment_id uuid, version integer, refund_id text NOT NULL, deal_id uuid, customer_id uuid, amount numeric NOT NULL,
  currency text NOT NULL,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (payment_id, version));

-- WORK AFTER THE SALE ----------------------------------------------------------------------------------------------------

-- change is opened, stage_started, stage_finished, stage_skipped, stage_overdue, edits_requested, edits_made, accepted,
-- completed, guarantee_ended or cancelled; on_date is the day of it, until_date the last day of the stage or guarantee.
CREATE TABLE work_changes (
  work_id uuid, version integer, change text NOT NULL, deal_id uuid NOT NULL, customer_id uuid, manager_id text,
  stage text, responsible_id text, edit_id uuid, on_date date, until_date date,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (work_id, version));

-- The plan of a stage: told when the work is opened and whenever it changes.
CREATE TABLE work_stage_plans (
  work_id uuid, version integer, stage text, deal_id uuid NOT NULL, role text, responsible_id text, starts_date date,
  due_date date,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (work_id, version, stage));

-- TASKS AND MESSAGES -----------------------------------------------------------------------------------------------------

-- Work for a person, as it is now.
CREATE TABLE tasks (
  task_id          uuid PRIMARY KEY,
  kind             text,
  created_at       timestamptz,
  recorded_at      timestamptz,
  due_at           timestamptz,
  due_version      integer,
  customer_id      uuid,
  lead_id          uuid,
  deal_id          uuid,
  rule             text,
  assignee         text,
  assignee_version integer,
  completed_at     timestamptz,
  result           text,
  result_version   integer,
  loaded_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at       timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 80);

-- change is created, assigned, rescheduled, prioritised, overdue or completed; a column is filled where it was told.
CREATE TABLE task_changes (
  task_id uuid, version integer, change text NOT NULL, assignee text, due_at timestamptz, priority text, result text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (task_id, version));

-- A message to a customer by a rule, without its text.
CREATE TABLE messages (
  message_id     uuid PRIMARY KEY,
  customer_id    uuid,
  medium         text,
  template       text,
  rule           text,
  requested_at   timestamptz,
  recorded_at    timestamptz,
  sent_at        timestamptz,
  attempts       integer,
  failed_at      timestamptz,
  failure_reason text,
  unconfirmed_at timestamptz,
  loaded_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at     timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 80);

-- change is requested, sent, failed, unconfirmed, delivered, bounced, opened or clicked (again each time), replied or
-- unsubscribed; link is the place of the link in the text, reason why it failed, the code with which it bounced, or how they unsubscribed.
-- is_machine: a program is thought to have opened or followed it, no person.
CREATE TABLE message_changes (
  message_id uuid, version integer, change text NOT NULL, customer_id uuid, medium text, template text, purpose text,
  reason text, link text, is_machine boolean,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (message_id, version));

-- What the provider of a channel told of any message to a person: accepted, sent, delivered, read, opened, clicked,
-- deferred, failed, bounced, complained, unsubscribed. message_id where the message is one of ours.
CREATE TABLE delivery_reports (
  delivery_id uuid, version integer, state text NOT NULL, intake text, source text, reason text, message_id uuid,
  customer_id uuid,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (delivery_id, version));

-- A customer went through a sequence: change is entered, step_taken (outcome is sent, waits, then or otherwise), paused,
-- resumed or left (reason is finished, replied, bought, unsubscribed, black_listed, erased or stopped).
CREATE TABLE sequence_changes (
  enrolment_id uuid, version integer, change text NOT NULL, sequence text NOT NULL, sequence_version integer,
  customer_id uuid NOT NULL, lead_id uuid, deal_id uuid, step text, outcome text, message_id uuid, reason text,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (enrolment_id, version));

-- A rule matched and its action was withheld: by which action of which version, and why.
CREATE TABLE rule_suppressions (
  suppression_id uuid, version integer, rule text NOT NULL, rule_version integer NOT NULL, action text NOT NULL,
  reason text NOT NULL, customer_id uuid,
  LIKE moments INCLUDING DEFAULTS, PRIMARY KEY (suppression_id, version));

DROP TABLE moments;

-- FUNCTIONS AND VIEWS ----------------------------------------------------------------------------------------------------

-- Which card every merged card counts as, as of a time, from what was recorded by known_at; a card that is not in it
-- counts as itself. Merges form trees; the root of each is the card that is left.
CREATE FUNCTION customer_roots(as_of timestamptz, known_at timestamptz DEFAULT 'infinity')
  RETURNS TABLE (customer_id uuid, root_id uuid) LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH RECURSIVE links AS MATERIALIZED (
    SELECT m.customer_id, m.into_customer_id
      FROM (SELECT DISTINCT ON (c.customer_id) c.customer_id, c.into_customer_id
              FROM customer_merges c
             WHERE c.occurred_at <= customer_roots.as_of AND c.recorded_at <= customer_roots.known_at
             ORDER BY c.customer_id, c.version DESC) m
     WHERE m.into_customer_id IS NOT NULL
  ), steps AS (
    SELECT l.customer_id, l.into_customer_id FROM links l
     UNION
    SELECT s.customer_id, l.into_customer_id FROM steps s JOIN links l ON l.customer_id = s.into_customer_id
  )
  SELECT s.customer_id, s.into_customer_id
    FROM steps s WHERE NOT EXISTS (SELECT FROM links l WHERE l.customer_id = s.into_customer_id);
END;

-- The order of stages: of a pipeline that was told, that of its latest version. Else as deals tell it: a stage stands
-- before another if most of the last 5,000 deals that entered both entered it first. Skips and returns do not disturb
-- that. Nurture, won and lost stages stand last.
CREATE VIEW stage_order WITH (security_invoker = true) AS
WITH told AS MATERIALIZED (
  SELECT DISTINCT ON (pipeline) pipeline, version FROM pipeline_versions WHERE NOT is_retired ORDER BY pipeline, version DESC
), entries AS MATERIALIZED (
  SELECT d.pipeline, v.deal_id, v.stage, min(v.kind) AS kind, min(v.version) AS version
    FROM (SELECT deal_id, pipeline FROM deals
           WHERE opened_at IS NOT NULL AND pipeline NOT IN (SELECT pipeline FROM told)
           ORDER BY opened_at DESC LIMIT 5000) d
    JOIN deal_stage_changes v USING (deal_id)
   GROUP BY 1, 2, 3
), precedence AS (
  SELECT pipeline, stage, sum(sign(net)) AS wins
    FROM (SELECT a.pipeline, a.stage, b.stage AS other, sum(sign(b.version - a.version)) AS net
            FROM entries a JOIN entries b ON a.deal_id = b.deal_id AND a.stage <> b.stage
           GROUP BY 1, 2, 3) pairs
   GROUP BY 1, 2
), stages AS (
  SELECT pipeline, stage, min(kind) AS kind, min(s.position) AS place
    FROM pipeline_stages s JOIN told USING (pipeline, version) GROUP BY 1, 2
   UNION ALL
  SELECT e.pipeline, e.stage, e.kind, row_number() OVER (PARTITION BY e.pipeline ORDER BY p.wins DESC NULLS LAST, e.stage)
    FROM (SELECT pipeline, stage, min(kind) AS kind FROM entries GROUP BY 1, 2) e
    LEFT JOIN precedence p USING (pipeline, stage)
)
SELECT pipeline, stage, kind,
       row_number() OVER (PARTITION BY pipeline
                          ORDER BY array_position('{open,nurture,won,lost}', kind), place, stage) AS position
  FROM stages;

-- RIGHTS -----------------------------------------------------------------------------------------------------------------

-- Readers of the schema bi see the rows of their lines of business and those that have none. A row without a line of
-- business of its own follows what it belongs to: what it names of the parents below. A subject whose first event has not
-- arrived is nobody's: its line of business is not known yet. The service owns the tables and is not held back; a role
-- without a policy sees nothing. Tables that are not named here hold settings of the firm.
GRANT USAGE ON SCHEMA :schema TO bi_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA :schema TO bi_reader;

DO $$
DECLARE
  own constant text := 'direction IS NULL OR direction = ANY ((SELECT public.bi_visible_directions())::text[])';
  guarded record;
  parent text;
  key text;
  condition text;
BEGIN
  FOR guarded IN SELECT * FROM (VALUES
    ('customers', 'registered_at IS NOT NULL AND ', true, '{}'::text[]),
    ('customer_assignments', '', false, '{customers}'),
    ('customer_merges', '', false, '{customers}'),
    ('customer_contact_changes', '', false, '{customers}'),
    ('customer_blacklistings', '', false, '{customers}'),
    ('customer_consents', '', false, '{customers}'),
    ('customer_erasures', '', false, '{customers}'),
    ('customer_segments', '', false, '{customers}'),
    ('site_visits', '', false, '{customers}'),
    ('organisations', 'registered_at IS NOT NULL AND ', true, '{}'),
    ('organisation_assignments', '', false, '{organisations}'),
    ('organisation_people', '', false, '{organisations,customers}'),
    ('leads', 'captured_at IS NOT NULL AND ', true, '{}'),
    ('touches', '', false, '{leads}'),
    ('lead_assignments', '', false, '{leads}'),
    ('lead_takings', '', false, '{leads}'),
    ('lead_directions', '', true, '{leads}'),
    ('lead_status_changes', '', false, '{leads}'),
    ('lead_postponements', '', false, '{leads}'),
    ('call_list_changes', '', false, '{leads}'),
    ('ad_spend', '', true, '{}'),
    ('interactions', 'began_at IS NOT NULL AND ', true, '{customers,organisations,leads,deals}'),
    ('interaction_changes', '', true, '{interactions}'),
    ('call_requests', 'requested_at IS NOT NULL AND ', true, '{customers,leads}'),
    ('marketing_events', '', true, '{}'),
    ('marketing_event_changes', '', false, '{marketing_events}'),
    ('marketing_event_results', '', false, '{marketing_events,organisations}'),
    ('participant_moves', '', false, '{marketing_events,customers}'),
    ('deals', 'opened_at IS NOT NULL AND ', true, '{}'),
    ('deal_stage_changes', '', false, '{deals}'),
    ('deal_values', '', false, '{deals}'),
    ('deal_assignments', '', false, '{deals}'),
    ('deal_organisations', '', false, '{deals}'),
    ('deal_close_expectations', '', false, '{deals}'),
    ('deal_put_offs', '', false, '{deals}'),
    ('deal_totals', '', false, '{deals}'),
    ('deal_lines', '', false, '{deals}'),
    ('deal_offer_changes', '', true, '{leads}'),
    ('quote_changes', '', false, '{deals}'),
    ('invoice_changes', '', false, '{deals}'),
    ('payments', 'received_at IS NOT NULL AND ', false, '{deals}'),
    ('payment_matches', '', false, '{deals}'),
    ('payment_allocations', '', false, '{deals,payments}'),
    ('payment_refunds', '', false, '{payments}'),
    ('target_changes', '', false, '{targets}'),
    ('work_changes', '', false, '{deals}'),
    ('work_stage_plans', '', false, '{deals}'),
    ('tasks', 'created_at IS NOT NULL AND ', false, '{customers,leads,deals}'),
    ('task_changes', '', false, '{tasks}'),
    ('messages', 'requested_at IS NOT NULL AND ', false, '{customers}'),
    ('message_changes', '', false, '{customers}'),
    ('delivery_reports', '', false, '{customers}'),
    ('sequence_changes', '', false, '{customers}'),
    ('rule_suppressions', '', false, '{customers}')
  ) AS g (name, begun, has_direction, parents) LOOP
    condition := guarded.begun || CASE WHEN guarded.has_direction THEN format('(%s)', own) ELSE 'true' END;
    FOREACH parent IN ARRAY guarded.parents LOOP
      key := rtrim(parent, 's') || '_id';
      condition := condition || format(' AND (%2$I.%3$I IS NULL OR EXISTS (SELECT FROM %1$I p WHERE p.%3$I = %2$I.%3$I))',
                                       parent, guarded.name, key);
    END LOOP;
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded.name);
    EXECUTE format('CREATE POLICY directions ON %I FOR SELECT TO bi_reader USING ('
                   || '(SELECT ''*'' = ANY (public.bi_visible_directions())) OR %s)', guarded.name, condition);
  END LOOP;
END $$;

-- What describes a subject follows the subject.
ALTER TABLE tag_changes ENABLE ROW LEVEL SECURITY;
CREATE POLICY directions ON tag_changes FOR SELECT TO bi_reader USING (
  (SELECT '*' = ANY (public.bi_visible_directions())) OR CASE subject
    WHEN 'customer' THEN EXISTS (SELECT FROM customers s WHERE s.customer_id = subject_id)
    WHEN 'organisation' THEN EXISTS (SELECT FROM organisations s WHERE s.organisation_id = subject_id)
    WHEN 'deal' THEN EXISTS (SELECT FROM deals s WHERE s.deal_id = subject_id) ELSE false END);
-- A field that was plain and is personal by now is shown to nobody.
ALTER TABLE trait_changes ENABLE ROW LEVEL SECURITY;
CREATE POLICY directions ON trait_changes FOR SELECT TO bi_reader USING (
  NOT coalesce((SELECT d.is_personal FROM field_definitions d
                 WHERE d.subject = trait_changes.subject AND d.field = trait_changes.field AND NOT d.is_retired
                 ORDER BY d.version DESC LIMIT 1), false)
  AND ((SELECT '*' = ANY (public.bi_visible_directions())) OR CASE subject
    WHEN 'customer' THEN EXISTS (SELECT FROM customers s WHERE s.customer_id = subject_id)
    WHEN 'organisation' THEN EXISTS (SELECT FROM organisations s WHERE s.organisation_id = subject_id)
    WHEN 'lead' THEN EXISTS (SELECT FROM leads s WHERE s.lead_id = subject_id)
    WHEN 'deal' THEN EXISTS (SELECT FROM deals s WHERE s.deal_id = subject_id) ELSE false END));

-- Managers are seen by whoever sees one of the lines of business that they work in; what they are to reach likewise, and
-- what the whole company is to reach by those who see everything.
ALTER TABLE manager_setups ENABLE ROW LEVEL SECURITY;
CREATE POLICY directions ON manager_setups FOR SELECT TO bi_reader USING (
  (SELECT '*' = ANY (public.bi_visible_directions())) OR directions = '{}'
  OR directions && (SELECT public.bi_visible_directions()));
ALTER TABLE manager_absences ENABLE ROW LEVEL SECURITY;
CREATE POLICY directions ON manager_absences FOR SELECT TO bi_reader USING (
  (SELECT '*' = ANY (public.bi_visible_directions()))
  OR EXISTS (SELECT FROM manager_setups m WHERE m.manager_id = manager_absences.manager_id));
ALTER TABLE targets ENABLE ROW LEVEL SECURITY;
CREATE POLICY directions ON targets FOR SELECT TO bi_reader USING (
  (SELECT '*' = ANY (public.bi_visible_directions()))
  OR EXISTS (SELECT FROM manager_setups m
              WHERE owner_kind = 'manager' AND m.manager_id = owner_id
                 OR owner_kind = 'department' AND m.department = owner_id));
