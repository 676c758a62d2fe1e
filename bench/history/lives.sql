-- What happens to the leads from number :first to before :last, one row each: all that the events below tell of them.
CREATE TEMP TABLE lives ON COMMIT DROP AS
WITH numbers AS (
  SELECT n, (n + chance(n, 'time')) / leads AS at, e.begins, e.ends,
         n - 1 - floor(chance(n, 'whose') * 2000)::bigint AS earlier
    FROM era e, generate_series(:first::bigint, :last::bigint - 1) AS n
), dated AS (
  SELECT n, at, least(99, floor(at * 100)::int) AS part, days[1 + width_bucket(at, c.upto)] AS day,
         width_bucket(chance(n, 'hour'), h.upto) AS hour,
         CASE WHEN earlier > 0 AND chance(n, 'again') < 0.15 AND chance(earlier, 'again') >= 0.15 THEN earlier END AS again
    FROM numbers, calendar c, clock h
), met AS (
  SELECT d.n, d.again, coalesce(d.again, d.n) AS person,
         (d.day + make_interval(hours => d.hour, secs => chance(d.n, 'second') * 3599)) AT TIME ZONE 'Europe/Moscow'
           AS captured_at,
         l.direction, l.pipeline, l.worth, t.codes, s.codes[x.place] AS channel, s.quality[x.place] AS quality,
         s.codes[x.place] || '-' || 1 + floor(power(chance(d.n, 'campaign'), 2) * s.campaigns[x.place]) AS campaign,
         r.staff[1 + floor(chance(d.n, 'manager') * cardinality(r.staff))::int] AS manager_id,
         r.staff[1 + floor(chance(d.n, 'other manager') * cardinality(r.staff))::int] AS other_id
    FROM dated d
    JOIN sources s USING (part)
   CROSS JOIN LATERAL (SELECT 1 + width_bucket(chance(d.n, 'channel'), s.upto) AS place) x
    JOIN LATERAL (SELECT * FROM lines WHERE chance(d.n, 'line') < upto ORDER BY upto LIMIT 1) l ON true
    JOIN roster r ON r.part = d.part AND r.direction = l.direction
    JOIN stages t ON t.pipeline = l.pipeline
), worked AS (
  SELECT *, captured_at + interval '4 seconds' AS assigned_at, captured_at + wait(n, 'reaction', '50 minutes') AS taken_at,
         chance(n, 'taken') < 0.85 AS is_taken, chance(n, 'touched') < 0.22 AS is_touched,
         chance(n, 'qualified') < quality AS is_qualified, chance(n, 'refused') < 0.75 AS is_refused
    FROM met
), judged AS (
  SELECT *, taken_at + interval '1 minute' + wait(n, 'judged', '30 hours') AS judged_at,
         is_qualified AND chance(n, 'deal') < 0.8 AS has_deal,
         chance(n, 'reopened') < 0.03 AS is_reopened
    FROM worked
), dealt AS (
  SELECT *, judged_at + interval '2 minutes' AS opened_at, least(3, floor(chance(n, 'moves') * 4.6))::int AS moves,
         chance(n, 'expected') < 0.6 AS is_expected, chance(n, 'lines') < 0.6 AS has_lines,
         chance(n, 'revalued') < 0.2 AS is_revalued, chance(n, 'handed over') < 0.08 AS is_handed,
         round((worth * exp(2.2 * (chance(n, 'worth') + chance(n, 'worth too') - 1)))::numeric, 2) AS amount,
         CASE WHEN chance(n, 'currency') < 0.94 THEN 'RUB' ELSE 'USD' END AS currency
    FROM judged
), moved AS (
  SELECT *, opened_at + interval '1 minute' + wait(n, 'stage 1', '2 days') AS moved_1
    FROM dealt
), moved_on AS (
  SELECT *, moved_1 + interval '5 minutes' + wait(n, 'stage 2', '5 days') AS moved_2 FROM moved
), moved_last AS (
  SELECT *, moved_2 + interval '5 minutes' + wait(n, 'stage 3', '8 days') AS moved_3,
         CASE WHEN moves = 3 AND chance(n, 'won') < 0.72 THEN 'won' WHEN chance(n, 'lost') < 0.85 THEN 'lost' END AS outcome
    FROM moved_on
), ended AS (
  SELECT *, (ARRAY[opened_at, moved_1, moved_2, moved_3])[1 + moves] + interval '10 minutes' + wait(n, 'end', '6 days')
              AS ended_at,
         codes[1 + moves] AS last_stage, has_lines AND moves >= 2 AS is_quoted,
         outcome = 'lost' AND chance(n, 'deal reopened') < 0.03 AS is_back
    FROM moved_last
)
SELECT *, some_id(n, 'lead') AS lead_id, some_id(person, 'customer') AS customer_id, some_id(n, 'deal') AS deal_id,
       -- Versions of the streams, so that each is whole: what comes before, counted.
       3 + is_taken::int AS v_touched, 3 + is_taken::int + is_touched::int AS v_judged,
       2 + is_expected::int AS v_moved_1, 3 + is_expected::int AS v_lines,
       3 + is_expected::int + is_quoted::int AS v_moved_2,
       4 + is_expected::int + is_quoted::int AS v_moved_3,
       2 + is_expected::int + is_quoted::int + moves AS v_revalued,
       2 + is_expected::int + is_quoted::int + moves + is_revalued::int AS v_handed,
       2 + is_expected::int + is_quoted::int + moves + is_revalued::int + is_handed::int AS v_ended
  FROM ended;
CREATE INDEX ON lives (n);
ANALYZE lives;
