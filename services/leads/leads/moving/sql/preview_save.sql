UPDATE history_previews SET
  cursor = $2::json, counts = $3::json, catalogue = coalesce($4::json, catalogue), moved_at = clock_timestamp(),
  finished_at = CASE WHEN $5 THEN clock_timestamp() END
 WHERE id = $1 AND finished_at IS NULL
