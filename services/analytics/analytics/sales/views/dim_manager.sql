CREATE OR REPLACE VIEW bi.dim_manager WITH (security_invoker = true) AS
SELECT manager_id
  FROM (SELECT manager_id FROM leads UNION SELECT manager_id FROM deals UNION SELECT assignee FROM tasks) everybody
 WHERE manager_id IS NOT NULL;

COMMENT ON VIEW bi.dim_manager IS 'Сотрудники, которые за что-либо отвечали; имён здесь нет / Staff who were responsible for something; no names here';
COMMENT ON COLUMN bi.dim_manager.manager_id IS 'Сотрудник / Member of staff';

GRANT SELECT ON bi.dim_manager TO bi_reader;
