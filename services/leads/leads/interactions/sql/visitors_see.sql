-- Visitors of these views ($1, one entry a view), locked, with how many views each has sent by now.
INSERT INTO visitors AS v (id, views, seen_at)
SELECT g.id, count(*), max(g.at) FROM unnest($1::uuid[], $2::timestamptz[]) AS g(id, at) GROUP BY g.id ORDER BY g.id
ON CONFLICT (id) DO UPDATE SET views = v.views + excluded.views, seen_at = greatest(v.seen_at, excluded.seen_at)
RETURNING id, customer_id, views
