-- One row per fact. Rows are written by several event types, each its own columns; a column that holds the latest value
-- has a version beside it, and a row whose first event has not arrived has no time of beginning and is not shown.
-- loaded_at and updated_at tell when a row was written here, all other times are business time.

CREATE TABLE customers (
  customer_id   uuid PRIMARY KEY,
  registered_at timestamptz,
  direction     text,
  erased_at     timestamptz,
  loaded_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at    timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 90);

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

CREATE TABLE touches (
  lead_id       uuid NOT NULL,
  version       integer NOT NULL,
  touch_id      uuid NOT NULL,
  customer_id   uuid NOT NULL,
  touched_at    timestamptz NOT NULL,
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

CREATE TABLE deals (
  deal_id          uuid PRIMARY KEY,
  customer_id      uuid,
  lead_id          uuid,
  number           text,
  pipeline         text,
  pipeline_version integer,
  deal_type        text,
  direction        text,
  opened_at        timestamptz,
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
  loaded_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at       timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 70);

-- One row per entry into a stage; when it was left is the time of the next row of the deal.
CREATE TABLE stage_visits (
  deal_id    uuid NOT NULL,
  version    integer NOT NULL,
  stage      text NOT NULL,
  kind       text NOT NULL,
  entered_at timestamptz NOT NULL,
  loaded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (deal_id, version)
);

CREATE TABLE payments (
  payment_id          uuid PRIMARY KEY,
  provider            text,
  provider_payment_id text,
  received_at         timestamptz,
  amount              numeric,
  currency            text,
  is_test             boolean,
  deal_id             uuid,
  customer_id         uuid,
  deal_version        integer,
  loaded_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at          timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE tasks (
  task_id          uuid PRIMARY KEY,
  kind             text,
  created_at       timestamptz,
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

CREATE TABLE messages (
  message_id     uuid PRIMARY KEY,
  customer_id    uuid,
  medium         text,
  template       text,
  rule           text,
  requested_at   timestamptz,
  sent_at        timestamptz,
  attempts       integer,
  failed_at      timestamptz,
  failure_reason text,
  loaded_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at     timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 80);

-- The order of stages as deals tell it: a stage stands before another if most of the last 5,000 deals that entered both
-- entered it first. Skips and returns do not disturb that. Nurture, won and lost stages stand last.
CREATE VIEW stage_order WITH (security_invoker = true) AS
WITH entries AS MATERIALIZED (
  SELECT d.pipeline, v.deal_id, v.stage, min(v.kind) AS kind, min(v.version) AS version
    FROM (SELECT deal_id, pipeline FROM deals WHERE opened_at IS NOT NULL ORDER BY opened_at DESC LIMIT 5000) d
    JOIN stage_visits v USING (deal_id)
   GROUP BY 1, 2, 3
), precedence AS (
  SELECT pipeline, stage, sum(sign(net)) AS wins
    FROM (SELECT a.pipeline, a.stage, b.stage AS other, sum(sign(b.version - a.version)) AS net
            FROM entries a JOIN entries b ON a.deal_id = b.deal_id AND a.stage <> b.stage
           GROUP BY 1, 2, 3) pairs
   GROUP BY 1, 2
)
SELECT e.pipeline, e.stage, e.kind,
       row_number() OVER (PARTITION BY e.pipeline
                          ORDER BY array_position('{open,nurture,won,lost}', e.kind), p.wins DESC NULLS LAST, e.stage) AS position
  FROM (SELECT pipeline, stage, min(kind) AS kind FROM entries GROUP BY 1, 2) e
  LEFT JOIN precedence p USING (pipeline, stage);

-- Readers of the schema bi see the rows of their lines of business and those that have none. The service owns the tables
-- and is not held back; a role without a policy sees nothing.
GRANT USAGE ON SCHEMA :schema TO bi_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA :schema TO bi_reader;

ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY directions ON customers FOR SELECT TO bi_reader USING (
  direction IS NULL OR (SELECT '*' = ANY (public.bi_visible_directions()))
  OR direction = ANY ((SELECT public.bi_visible_directions())::text[]));
ALTER TABLE leads ENABLE ROW LEVEL SECURITY;
CREATE POLICY directions ON leads FOR SELECT TO bi_reader USING (
  direction IS NULL OR (SELECT '*' = ANY (public.bi_visible_directions()))
  OR direction = ANY ((SELECT public.bi_visible_directions())::text[]));
ALTER TABLE deals ENABLE ROW LEVEL SECURITY;
CREATE POLICY directions ON deals FOR SELECT TO bi_reader USING (
  direction IS NULL OR (SELECT '*' = ANY (public.bi_visible_directions()))
  OR direction = ANY ((SELECT public.bi_visible_directions())::text[]));
ALTER TABLE touches ENABLE ROW LEVEL SECURITY;
CREATE POLICY directions ON touches FOR SELECT TO bi_reader USING (
  (SELECT '*' = ANY (public.bi_visible_directions()))
  OR EXISTS (SELECT FROM leads l WHERE l.lead_id = touches.lead_id));
ALTER TABLE stage_visits ENABLE ROW LEVEL SECURITY;
CREATE POLICY directions ON stage_visits FOR SELECT TO bi_reader USING (
  (SELECT '*' = ANY (public.bi_visible_directions()))
  OR EXISTS (SELECT FROM deals d WHERE d.deal_id = stage_visits.deal_id));
ALTER TABLE payments ENABLE ROW LEVEL SECURITY;
CREATE POLICY directions ON payments FOR SELECT TO bi_reader USING (
  (SELECT '*' = ANY (public.bi_visible_directions()))
  OR deal_id IS NULL OR EXISTS (SELECT FROM deals d WHERE d.deal_id = payments.deal_id));
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY directions ON tasks FOR SELECT TO bi_reader USING (
  (SELECT '*' = ANY (public.bi_visible_directions()))
  OR (lead_id IS NULL OR EXISTS (SELECT FROM leads l WHERE l.lead_id = tasks.lead_id))
  AND (deal_id IS NULL OR EXISTS (SELECT FROM deals d WHERE d.deal_id = tasks.deal_id)));
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY directions ON messages FOR SELECT TO bi_reader USING (
  (SELECT '*' = ANY (public.bi_visible_directions()))
  OR EXISTS (SELECT FROM customers c WHERE c.customer_id = messages.customer_id));
