-- :rows deals of three years in two pipelines. manager: one of a hundred; `rare` has twenty, and so has the tag.
INSERT INTO deals (deal_id, version, number, customer_id, pipeline, pipeline_version, deal_type, state, stage, amount,
                   currency, manager_id, opened_at, stage_since, tags)
SELECT md5('deal' || n)::uuid, 1, 'B-' || n, md5('customer' || n)::uuid, CASE n % 5 WHEN 0 THEN 'service' ELSE 'sales' END, 1,
       'sale', (ARRAY['open', 'won', 'lost', 'lost'])[1 + n / 5 % 4], (ARRAY['new', 'won', 'lost', 'lost'])[1 + n / 5 % 4],
       n % 100000, 'RUB', CASE WHEN n % (:rows / 20) = 0 THEN 'rare' ELSE 'm' || n % 100 END, at, at,
       CASE WHEN n % (:rows / 20) = 0 THEN ARRAY['rare'] ELSE '{}' END
  FROM (SELECT n, now() - n * interval '3 years' / :rows AS at FROM generate_series(1, :rows) n) numbered;
