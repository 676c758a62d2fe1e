-- :rows leads of as many customers over three years. manager: one of a hundred, nobody has a hundredth; `rare` has twenty.
INSERT INTO leads (id, customer_id, version, status, channel, intake, source, is_returning, is_test, captured_at,
                   last_touch_at, touches, manager_id)
SELECT md5('lead' || n)::uuid, md5('customer' || n)::uuid, 1,
       CASE WHEN n % 10 < 2 THEN 'new' WHEN n % 10 < 5 THEN 'qualified' ELSE 'disqualified' END,
       CASE WHEN n % (:rows / 20) = 0 THEN 'booth' ELSE (ARRAY['web_form', 'phone', 'email', 'telegram'])[1 + n % 4] END,
       'api', 'bench', false, false, at, at, 1,
       CASE WHEN n % (:rows / 20) = 0 THEN 'rare' WHEN n % 100 > 0 THEN 'm' || n % 100 END
  FROM (SELECT n, now() - n * interval '3 years' / :rows AS at FROM generate_series(1, :rows) n) numbered;

INSERT INTO customers (id, version, phones, emails, messengers, registered_at)
SELECT customer_id, 1, '{}', '{}', '{}', captured_at FROM leads;
