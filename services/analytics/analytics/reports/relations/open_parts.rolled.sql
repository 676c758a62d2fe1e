-- By month, and day by day where one of its days has changed.
SELECT * FROM :schema.rolled_open_months
 WHERE day <> ALL (:stale_months) AND :seen(direction) AND :is(direction, direction) AND :is(pipeline, pipeline)
UNION ALL
SELECT * FROM :schema.rolled_open
 WHERE day = ANY (:beside) AND :seen(direction) AND :is(direction, direction) AND :is(pipeline, pipeline)
