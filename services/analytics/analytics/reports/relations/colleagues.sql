-- reads: staff
-- Managers who work here.
SELECT manager_id FROM staff WHERE is_active AND is_seen AND :is(manager, staff.manager_id) AND :is(department, staff.department)
