CREATE OR REPLACE VIEW bi.dim_manager WITH (security_invoker = true) AS
SELECT manager_id,
       setup.department,
       array_to_string(setup.teams, ', ') AS teams,
       setup.is_active,
       setup.time_zone
  FROM (SELECT manager_id FROM leads UNION SELECT manager_id FROM deals UNION SELECT assignee FROM tasks
        UNION SELECT manager_id FROM interactions UNION SELECT manager_id FROM manager_setups) everybody
  LEFT JOIN LATERAL (SELECT department, is_active, teams, time_zone FROM manager_setups h
                      WHERE h.manager_id = everybody.manager_id ORDER BY version DESC LIMIT 1) setup ON true
 WHERE manager_id IS NOT NULL;

COMMENT ON VIEW bi.dim_manager IS 'Сотрудники, которые за что-либо отвечали; имён здесь нет / Staff who were responsible for something; no names here';
COMMENT ON COLUMN bi.dim_manager.manager_id IS 'Сотрудник / Member of staff';
COMMENT ON COLUMN bi.dim_manager.department IS 'Отдел / Department';
COMMENT ON COLUMN bi.dim_manager.teams IS 'Группы через запятую / Teams, with commas between';
COMMENT ON COLUMN bi.dim_manager.is_active IS 'Получает обращения; пусто, если не заведён / Gets requests; empty if he is not set up';
COMMENT ON COLUMN bi.dim_manager.time_zone IS 'Часовой пояс / Time zone';

GRANT SELECT ON bi.dim_manager TO bi_reader;
