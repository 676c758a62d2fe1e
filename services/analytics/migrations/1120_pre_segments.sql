-- migrate:up

-- What the last event said of each customer's segment, kept in the transaction of that event; of whom there is no row
-- nothing was ever said, and he is casual. share_percent is of the revenue of all customers in the window then.
CREATE TABLE segments_told (
  customer_id   uuid        PRIMARY KEY,
  segment       text        NOT NULL CHECK (segment IN ('gold', 'silver', 'bronze', 'casual')),
  version       integer     NOT NULL,
  share_percent numeric     NOT NULL,
  told_at       timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);

-- By what rules, from what positions of deals and when all segments were told last.
CREATE TABLE segments_computed (
  only_row    boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  rules       text        NOT NULL,
  positions   text        NOT NULL,
  computed_at timestamptz NOT NULL
);

-- migrate:down
