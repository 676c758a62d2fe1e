-- One invoice at a time for each deal, so that what is left to invoice is not invoiced twice.
SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 7032))
