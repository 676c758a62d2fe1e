-- migrate:up

-- The last number drawn of each kind in a year. A row is locked until the commit of the document that takes the number,
-- and a number that was drawn for nothing goes back with the transaction: there are no gaps.
CREATE TABLE document_numbers (
  kind text NOT NULL,
  year integer NOT NULL,
  last integer NOT NULL,
  PRIMARY KEY (kind, year)
);

-- Every document as it stands, written in the transaction that appends its events; version is the stream's.
CREATE TABLE documents (
  document_id     uuid PRIMARY KEY,
  version         integer NOT NULL,
  customer_id     uuid NOT NULL,
  deal_id         uuid,
  kind            text NOT NULL,
  number          text,
  title           text,
  confidentiality text NOT NULL,
  latest          integer NOT NULL,
  state           text NOT NULL CHECK (state IN ('requested', 'generated', 'failed', 'uploaded')),
  created_at      timestamptz NOT NULL,
  changed_at      timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX documents_newest ON documents (created_at DESC, document_id DESC);
CREATE INDEX documents_by_customer ON documents (customer_id);
CREATE INDEX documents_by_deal ON documents (deal_id) WHERE deal_id IS NOT NULL;
CREATE INDEX documents_by_number ON documents (number) WHERE number IS NOT NULL;

-- The versions of documents; object_id is where the sealed bytes lie, size and sha256 are those of the document itself.
CREATE TABLE document_versions (
  document_id      uuid NOT NULL,
  number           integer NOT NULL,
  state            text NOT NULL,
  template         text,
  template_version integer,
  language         text,
  issued_on        date,
  reason           text,
  missing          text[],
  object_id        uuid,
  media_type       text,
  size             bigint,
  sha256           text,
  asked_at         timestamptz NOT NULL,
  ended_at         timestamptz,
  PRIMARY KEY (document_id, number)
);

CREATE TABLE document_links (
  link_id     uuid PRIMARY KEY,
  version     integer NOT NULL,
  document_id uuid NOT NULL,
  number      integer NOT NULL,
  until       timestamptz NOT NULL,
  made_by     text NOT NULL,
  made_at     timestamptz NOT NULL,
  revoked_at  timestamptz
);
CREATE INDEX document_links_by_document ON document_links (document_id);

-- Who read what: the actor, or whoever had the link.
CREATE TABLE document_downloads (
  download_id uuid PRIMARY KEY,
  document_id uuid NOT NULL,
  number      integer NOT NULL,
  link_id     uuid,
  actor       text NOT NULL,
  at          timestamptz NOT NULL
);
CREATE INDEX document_downloads_by_document ON document_downloads (document_id, at DESC, download_id DESC);

CREATE TABLE document_templates (
  code       text PRIMARY KEY,
  version    integer NOT NULL,
  published  integer NOT NULL,
  kind       text NOT NULL,
  title      text NOT NULL,
  language   text NOT NULL,
  size       bigint NOT NULL,
  sha256     text NOT NULL,
  variables  text[] NOT NULL,
  required   text[] NOT NULL,
  is_retired boolean NOT NULL,
  changed_at timestamptz NOT NULL
);

-- migrate:down

DROP TABLE document_templates, document_downloads, document_links, document_versions, documents, document_numbers;
