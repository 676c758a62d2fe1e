-- reads: message_parts
WITH parts AS MATERIALIZED (
  SELECT * FROM message_parts
), waits AS (
  SELECT template, medium, :median(hours, 2) AS hours_to_open
    FROM parts CROSS JOIN LATERAL unnest(hours_to_open) AS hours GROUP BY 1, 2
), sums AS (
  SELECT template, medium, sum(requested) AS requested, sum(sent) AS sent, sum(failed) AS failed,
         sum(unconfirmed) AS unconfirmed, sum(delivered) AS delivered, sum(opened) AS opened, sum(clicked) AS clicked, sum(bounced) AS bounced,
         sum(complained) AS complained, sum(unsubscribed) AS unsubscribed
    FROM parts GROUP BY 1, 2
)
SELECT s.*, round(100.0 * opened / nullif(sent, 0), 1) AS opened_percent,
       round(100.0 * clicked / nullif(sent, 0), 1) AS clicked_percent, w.hours_to_open
  FROM sums s
  LEFT JOIN waits w ON w.template IS NOT DISTINCT FROM s.template AND w.medium IS NOT DISTINCT FROM s.medium
 ORDER BY requested DESC, s.template, s.medium
