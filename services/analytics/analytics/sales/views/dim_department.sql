CREATE OR REPLACE VIEW bi.dim_department WITH (security_invoker = true) AS
SELECT m.department,
       count(*) AS manager_count,
       count(*) FILTER (WHERE m.is_active) AS active_manager_count
  FROM (SELECT DISTINCT ON (manager_id) * FROM manager_setups ORDER BY manager_id, version DESC) m
 WHERE m.department IS NOT NULL
 GROUP BY m.department;

COMMENT ON VIEW bi.dim_department IS 'Отделы, в которых сейчас есть сотрудники / Departments with members of staff now';
COMMENT ON COLUMN bi.dim_department.department IS 'Отдел / Department';
COMMENT ON COLUMN bi.dim_department.manager_count IS 'Сотрудников / Members of staff';
COMMENT ON COLUMN bi.dim_department.active_manager_count IS 'Из них получают обращения / Those of them who get requests';

GRANT SELECT ON bi.dim_department TO bi_reader;
