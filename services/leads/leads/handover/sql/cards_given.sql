-- Cards that each manager got in this hand-over and that are not in his load: those without a new lead of his.
SELECT i.to_manager_id AS manager_id, count(*)::int AS cards FROM handover_items i
 WHERE i.handover_id = $1 AND i.kind = 'customer'
   AND NOT EXISTS (SELECT FROM leads l
                    WHERE l.customer_id = i.subject_id AND l.manager_id = i.to_manager_id AND l.status = 'new')
 GROUP BY i.to_manager_id
