-- Where two workers had it, the one that was first in this step counts.
UPDATE backtests SET state = $3, reading = $4, found = $5, step = step + 1,
                     finished_at = CASE WHEN $3 = 'done' THEN clock_timestamp() END
 WHERE backtest_id = $1 AND step = $2
