-- reads: staff
-- Targets whose period begins in the one asked for: of managers and departments, and of the whole company for those
-- who see everything and ask for no manager, department or line of business. Of a line of business are the targets of
-- those who work in it. passed: the part of its time that is over.
SELECT t.target_id, t.period, t.owner_kind, t.owner_id, t.measure, t.currency, t.starts_at, t.ends_at, c.amount,
       least(1, greatest(0, extract(epoch FROM :moment - t.starts_at) / extract(epoch
           FROM t.ends_at - t.starts_at))) AS passed
  FROM (SELECT *, first_day::timestamp AT TIME ZONE :zone AS starts_at,
               (last_day + 1)::timestamp AT TIME ZONE :zone AS ends_at FROM :schema.targets) t
  JOIN (SELECT DISTINCT ON (h.target_id) h.target_id, h.amount
          FROM :schema.target_changes h WHERE :known(h) ORDER BY h.target_id, h.version DESC) c USING (target_id)
 WHERE c.amount IS NOT NULL AND t.starts_at >= :start AND t.starts_at < :end
   AND (:visible IS NULL AND :direction IS NULL
        OR t.owner_kind <> 'company' AND EXISTS (
             SELECT FROM :schema.manager_setups s
              WHERE CASE t.owner_kind WHEN 'manager' THEN s.manager_id ELSE s.department END = t.owner_id
                AND (s.directions = '{}' OR (:visible IS NULL OR s.directions && :visible)
                                            AND (:direction IS NULL OR :direction = ANY (s.directions)))))
   AND (:manager IS NULL OR t.owner_kind = 'manager' AND t.owner_id = :manager)
   AND (:department IS NULL OR t.owner_kind = 'department' AND t.owner_id = :department
        OR t.owner_kind = 'manager' AND t.owner_id IN (SELECT manager_id FROM staff WHERE department = :department))
