INSERT INTO quotes (quote_id, version, number, deal_id, customer_id, revision, state, amount, currency, valid_until, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (quote_id) DO UPDATE SET
  version = excluded.version, revision = excluded.revision, state = excluded.state, amount = excluded.amount,
  currency = excluded.currency, valid_until = excluded.valid_until
