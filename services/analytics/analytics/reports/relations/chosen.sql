-- reads: deals, leads
-- Persons with a deal, or with a lead, of what is asked for; pipelines and products are of deals alone.
SELECT person_id FROM deals
UNION
SELECT person_id FROM leads WHERE coalesce(:pipeline, :product) IS NULL
