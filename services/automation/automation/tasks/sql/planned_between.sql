-- Contacts that a person is to have from $2 until before $3, in these lines of business ($5; NULL: all); those that were
-- called off are left out; with $6 also those that are over.
SELECT interaction_id, kind, planned_at, ended IS NOT NULL AS is_over, customer_id, lead_id, deal_id,
       greatest(version, time_version, manager_version, ended_version) AS version
  FROM planned_contacts
 WHERE manager_id = $1 AND planned_at >= $2 AND planned_at < $3 AND kind IS NOT NULL AND ended IS DISTINCT FROM 'cancelled'
   AND (NOT $6 OR ended IS NULL) AND is_in_sight(deal_id, lead_id, customer_id, $5::text[])
 ORDER BY planned_at, interaction_id LIMIT $4
