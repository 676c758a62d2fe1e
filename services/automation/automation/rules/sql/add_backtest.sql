INSERT INTO backtests (backtest_id, rule, definition, since, until, asked_by, asked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
