UPDATE backtests b
   SET found = jsonb_set(b.found::jsonb, '{samples}', coalesce(kept.samples, '[]'))::json
  FROM (SELECT f.backtest_id,
               jsonb_agg(s.sample ORDER BY s.n) FILTER (WHERE s.sample->>'customer_id' <> ALL ($1::text[])) AS samples
          FROM backtests f, jsonb_array_elements(f.found::jsonb->'samples') WITH ORDINALITY AS s(sample, n)
         GROUP BY f.backtest_id
        HAVING bool_or(s.sample->>'customer_id' = ANY ($1::text[]))) kept
 WHERE b.backtest_id = kept.backtest_id
