-- What is due by day. Delays by month, and day by day where one of its days has changed.
SELECT day, direction, currency, NULL::integer AS delay, due, 0::bigint AS times FROM :schema.rolled_invoices
 WHERE due > 0 AND day <> ALL (:stale) AND :seen(direction) AND :is(direction, direction)
UNION ALL
SELECT day, direction, currency, delay, 0, times FROM :schema.rolled_delays
 WHERE day <> ALL (:stale_months) AND :seen(direction) AND :is(direction, direction)
UNION ALL
SELECT day, direction, currency, delay, 0, times FROM :schema.rolled_invoices
 WHERE delay IS NOT NULL AND day = ANY (:beside) AND :seen(direction) AND :is(direction, direction)
