UPDATE backtests SET state = 'failed', reason = $2, finished_at = clock_timestamp() WHERE backtest_id = $1 AND state <> 'done'
