-- The month and day of a birthday, or that it was cleared.
INSERT INTO dates AS d (subject_id, field, customer_id, month_day, recorded_at, version)
VALUES ($1, 'customer.birthday', $1, $2, $3, $4)
ON CONFLICT (subject_id, field) DO UPDATE
   SET month_day = excluded.month_day, recorded_at = excluded.recorded_at, version = excluded.version
 WHERE (d.recorded_at, d.version) < (excluded.recorded_at, excluded.version)
