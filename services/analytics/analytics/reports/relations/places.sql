-- reads: stages
-- Where stages stand in their pipeline, and how long deals are to stay in them.
SELECT pipeline, stage, position, expected_hours FROM stages
