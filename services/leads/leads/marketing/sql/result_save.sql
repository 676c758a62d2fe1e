INSERT INTO marketing_results (event_id, organisation_id, loyalty, interest) VALUES ($1, $2, $3, $4)
ON CONFLICT (event_id, organisation_id) DO UPDATE SET loyalty = excluded.loyalty, interest = excluded.interest
