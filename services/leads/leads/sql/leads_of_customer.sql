SELECT id AS lead_id, customer_id, version, status, direction, channel, intake, source, campaign, is_returning, is_test,
       captured_at, last_touch_at, touches, manager_id, temperature, category, reason
  FROM (SELECT * FROM leads WHERE customer_id = $1 AND status IN ('new', 'qualified')
        UNION ALL
        SELECT * FROM leads WHERE customer_id = $1 AND status = 'disqualified') l
 ORDER BY captured_at DESC, id DESC
