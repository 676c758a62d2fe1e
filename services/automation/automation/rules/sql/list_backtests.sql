SELECT * FROM backtests
 WHERE rule = $1 AND ($2::timestamptz IS NULL OR (asked_at, backtest_id) < ($2, $3::uuid))
 ORDER BY asked_at DESC, backtest_id DESC
 LIMIT $4
