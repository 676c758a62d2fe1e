-- $1 how many of the last leads. Leads recorded before this build existed were never late: they were rebuilt.
SELECT count(*) AS leads,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY milliseconds) AS p50_ms,
       percentile_cont(0.99) WITHIN GROUP (ORDER BY milliseconds) AS p99_ms,
       max(milliseconds) AS max_ms
  FROM (SELECT extract(epoch FROM loaded_at - recorded_at) * 1000 AS milliseconds
          FROM :schema.leads
         WHERE recorded_at >= $2
         ORDER BY recorded_at DESC LIMIT $1) last_leads
