-- Those that were not taken before. A process that takes the same one at this moment is waited for.
INSERT INTO delivery_reports (delivery_id, report)
SELECT * FROM unnest($1::uuid[], $2::text[]) AS g(delivery_id, report) ORDER BY 1, 2
ON CONFLICT DO NOTHING RETURNING delivery_id, report
