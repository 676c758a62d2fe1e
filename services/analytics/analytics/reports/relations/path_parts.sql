-- reads: lead_paths
-- How far leads came, counted by how long it took them; hours: each of these; touches: requests before the first payment.
SELECT day, channel, step, :level(hours) AS level, count(*) AS times, array_agg(hours) FILTER (WHERE hours IS NOT NULL) AS hours,
       coalesce(sum(touches) FILTER (WHERE step = 'payment'), 0) AS touches
  FROM (SELECT p.day, p.channel, p.touches, came.step,
               CASE WHEN step <> 'lead' THEN (extract(epoch FROM came.at - p.captured_at) / 3600)::float8 END AS hours
          FROM lead_paths p
         CROSS JOIN LATERAL (VALUES ('lead', p.captured_at), ('answer', p.answered_at), ('qualified', p.qualified_at),
                                    ('deal', p.opened_at), ('won', p.won_at), ('payment', p.paid_at)) AS came (step, at)
         WHERE came.at IS NOT NULL) steps
 GROUP BY 1, 2, 3, 4
