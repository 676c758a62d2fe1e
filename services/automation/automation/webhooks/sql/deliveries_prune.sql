-- What was settled $1 days ago and before goes, in portions ($2).
DELETE FROM webhook_deliveries
 WHERE delivery_id IN (SELECT delivery_id FROM webhook_deliveries
                        WHERE settled_at < now() - make_interval(days => $1) ORDER BY settled_at LIMIT $2)
