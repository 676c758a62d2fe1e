-- reads: contacts
-- Contacts that took place in the period.
SELECT *, (took_place_at AT TIME ZONE :zone)::date AS day
  FROM contacts WHERE took_place_at >= :start AND took_place_at < :end
