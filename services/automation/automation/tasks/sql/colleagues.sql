-- Managers whose deputy $1 is now, and those who work in one of the lines of business $2 (NULL: asks for none).
SELECT manager_id FROM manager_absences
 WHERE deputy_id = $1 AND NOT cancelled AND manager_id IS NOT NULL AND now() >= starts AND now() < ends
UNION
SELECT manager_id FROM manager_hours WHERE $2::text[] IS NOT NULL AND (directions = '{}' OR directions && $2)
