-- What came of an event with each organisation, the last that was said.
SELECT DISTINCT ON (h.marketing_event_id, h.organisation_id) h.marketing_event_id, h.organisation_id, h.loyalty,
    h.interest
  FROM :schema.marketing_event_results h WHERE :known(h) ORDER BY h.marketing_event_id, h.organisation_id, h.version DESC
