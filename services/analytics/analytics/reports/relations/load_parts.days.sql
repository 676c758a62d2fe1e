-- reads: spans, unfinished
-- The same of the days. Day by day, so that each reaches what is of it by an index.
SELECT s.day, u.*
  FROM spans s
 CROSS JOIN LATERAL (
   SELECT manager_id, direction, count(*) FILTER (WHERE what = 'lead') AS open_leads,
          count(*) FILTER (WHERE what = 'task') AS open_tasks, array_agg(at) FILTER (WHERE what = 'task') AS due_at,
          count(*) FILTER (WHERE what = 'deal') AS open_deals
     FROM unfinished WHERE at >= s.starts_at AND at < s.ends_at GROUP BY 1, 2) u
