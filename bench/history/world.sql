-- What leads are spread over: days and hours with more or less business, channels and managers that come and go.
CREATE UNLOGGED TABLE era AS SELECT :begins::timestamptz AS begins, :ends::timestamptz AS ends, :leads::bigint AS leads;

-- Business grows by a half in three years; more in March, October and November, little in January and on weekends.
CREATE UNLOGGED TABLE calendar AS
SELECT array_agg(day ORDER BY day) AS days, array_agg(least(1, upto / total) ORDER BY day) AS upto
  FROM (SELECT day, sum(weight) OVER (ORDER BY day) AS upto, sum(weight) OVER () AS total
          FROM (SELECT day::date AS day,
                       (1 + 0.5 * (day::date - begins::date) / (ends::date - begins::date))
                       * ('{0.6,0.95,1.2,1.1,0.95,0.9,0.75,0.8,1.05,1.25,1.2,0.95}'::float8[])[extract(month FROM day)::int]
                       * ('{1.2,1.15,1.1,1.1,1,0.45,0.35}'::float8[])[extract(isodow FROM day)::int] AS weight
                  FROM era, generate_series(begins::date, ends::date - 1, '1 day') AS day) weights) days;

CREATE UNLOGGED TABLE clock AS
SELECT array_agg(least(1, upto / total) ORDER BY hour) AS upto
  FROM (SELECT hour, sum(weight) OVER (ORDER BY hour) AS upto, sum(weight) OVER () AS total
          FROM unnest('{1,0.5,0.3,0.2,0.2,0.4,1,2,4,7,9,10,9,8,9,9,8,7,6,5,5,4,3,2}'::float8[])
               WITH ORDINALITY AS h (weight, hour)) hours;

-- A channel has its share of the leads from one part of the time to another, and leads of its own quality.
CREATE UNLOGGED TABLE channels AS
SELECT *, row_number() OVER () AS number
  FROM (VALUES ('yandex', 24, 0, 1, 0.50, 14), ('google', 18, 0, 0.45, 0.47, 12), ('vk', 12, 0.1, 1, 0.33, 10),
               ('telegram', 10, 0.3, 1, 0.44, 6), ('web_form', 14, 0, 1, 0.58, 4), ('avito', 9, 0, 0.8, 0.36, 5),
               ('phone', 11, 0, 1, 0.66, 1), ('email', 6, 0, 1, 0.55, 1), ('partners', 5, 0.5, 1, 0.62, 3),
               ('exhibition', 2, 0.2, 0.9, 0.48, 3)) AS c (channel, share, begins, ends, quality, campaigns);

CREATE UNLOGGED TABLE lines AS
SELECT * FROM (VALUES ('retail', 0.60, 'default', 40000.0), ('wholesale', 0.85, 'wholesale', 260000.0),
                      ('service', 1.0, 'service', 15000.0)) AS l (direction, upto, pipeline, worth);

CREATE UNLOGGED TABLE stages AS
SELECT pipeline, codes FROM (VALUES
  ('default', '{unsorted,contact,offer,contract}'::text[]), ('wholesale', '{request,meeting,tender,contract}'),
  ('service', '{order,estimate,agreed,contract}')) AS s (pipeline, codes);

-- Two of five managers stay for all the time; the others come or go in the midst of it.
CREATE UNLOGGED TABLE managers AS
SELECT n, 'manager-' || to_char(n, 'FM000') AS manager_id, (ARRAY['retail', 'wholesale', 'service'])[1 + n % 3] AS direction,
       'department-' || 1 + n % 6 AS department,
       CASE WHEN n % 5 < 3 THEN 0 ELSE chance(n, 'hired') * 0.7 END AS hired,
       CASE WHEN n % 5 IN (1, 4) THEN 0.72 + chance(n, 'left') * 0.28 ELSE 2 END AS gone
  FROM generate_series(1, :managers::int) AS n;

-- Who gets leads, by hundredths of the time.
CREATE UNLOGGED TABLE roster AS
SELECT part, l.direction, array_agg(m.manager_id ORDER BY m.n) AS staff
  FROM generate_series(0, 99) AS part CROSS JOIN lines l
  JOIN managers m ON m.direction = l.direction AND m.hired <= part / 100.0 AND m.gone > part / 100.0
 GROUP BY 1, 2;

CREATE UNLOGGED TABLE sources AS
SELECT part, array_agg(channel ORDER BY number) AS codes, array_agg(quality ORDER BY number) AS quality,
       array_agg(campaigns ORDER BY number) AS campaigns, array_agg(least(1, upto / total) ORDER BY number) AS upto
  FROM (SELECT part, c.*, sum(share) OVER (PARTITION BY part ORDER BY number)::float8 AS upto,
               sum(share) OVER (PARTITION BY part)::float8 AS total
          FROM generate_series(0, 99) AS part JOIN channels c ON c.begins <= part / 100.0 AND c.ends > part / 100.0) s
 GROUP BY 1;
