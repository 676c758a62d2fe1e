-- reads: asked_messages
-- Messages and what became of them, counted; hours_to_open: how long each waited to be opened.
SELECT day, template, medium, direction, count(*) AS requested, count(sent_at) AS sent,
       count(*) FILTER (WHERE sent_at IS NULL AND failed_at IS NOT NULL) AS failed,
       count(*) FILTER (WHERE unconfirmed_at IS NOT NULL AND coalesce(sent_at, failed_at, delivered_at) IS NULL) AS unconfirmed,
       count(delivered_at) AS delivered,
       count(opened_at) AS opened, count(clicked_at) AS clicked, count(bounced_at) AS bounced,
       count(complained_at) AS complained, count(unsubscribed_at) AS unsubscribed,
       array_agg((extract(epoch FROM opened_at - sent_at) / 3600)::float8)
         FILTER (WHERE opened_at IS NOT NULL AND sent_at IS NOT NULL) AS hours_to_open
  FROM asked_messages GROUP BY 1, 2, 3, 4
