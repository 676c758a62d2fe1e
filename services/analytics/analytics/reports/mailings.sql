-- reads: messages
SELECT template, medium, count(*) AS requested, count(sent_at) AS sent,
    count(*) FILTER (WHERE sent_at IS NULL AND failed_at IS NOT NULL) AS failed,
       count(delivered_at) AS delivered, count(opened_at) AS opened, count(clicked_at) AS clicked,
       count(bounced_at) AS bounced, count(complained_at) AS complained, count(unsubscribed_at) AS unsubscribed,
       round(100.0 * count(opened_at) / nullif(count(sent_at), 0), 1) AS opened_percent,
       round(100.0 * count(clicked_at) / nullif(count(sent_at), 0), 1) AS clicked_percent,
       :median(extract(epoch FROM opened_at - sent_at) / 3600, 2) AS hours_to_open
  FROM messages
 WHERE requested_at >= :start AND requested_at < :end
 GROUP BY 1, 2
 ORDER BY requested DESC, 1, 2
