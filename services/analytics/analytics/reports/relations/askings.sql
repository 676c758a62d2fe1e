-- kept
-- reads: asking_leads, asking_deals
-- Persons with the days on which they asked: a lead was captured or a deal opened.
SELECT person_id, day FROM asking_leads UNION SELECT person_id, day FROM asking_deals
