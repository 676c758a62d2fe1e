-- reads: leads
-- When leads were first qualified.
SELECT lead_id, direction, qualified_at FROM leads WHERE qualified_at IS NOT NULL
