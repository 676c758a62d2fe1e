-- Half of the cards are of the caller's line of business. A lead for each card, of its line, but every tenth of the other.
UPDATE customers SET direction = CASE WHEN hashtext(id::text) % 2 = 0 THEN 'ours' ELSE 'theirs' END;

INSERT INTO leads (id, customer_id, version, status, channel, intake, source, is_returning, is_test, captured_at,
                   last_touch_at, touches, manager_id, direction)
SELECT md5('lead' || n)::uuid, id, 1, CASE WHEN n % 50 = 0 THEN 'new' ELSE 'disqualified' END, 'phone', 'api', 'bench',
       false, false, at, at, 1, 'm' || n % 100,
       CASE WHEN (direction = 'ours') = (n % 10 > 0) THEN 'ours' ELSE 'theirs' END
  FROM (SELECT n, id, direction, now() - n * interval '3 years' / count(*) OVER () AS at
          FROM (SELECT row_number() OVER (ORDER BY id) AS n, id, direction FROM customers) c) numbered;
