SELECT coalesce(m.state, 'waiting') AS state, count(*)::int AS recipients, count(m.opened_at)::int AS opened,
       count(m.clicked_at)::int AS clicked, count(m.replied_at)::int AS replied, count(m.bounced_at)::int AS bounced,
       count(m.unsubscribed_at)::int AS unsubscribed
  FROM mailing_recipients r LEFT JOIN messages m ON m.message_id = r.message_id
 WHERE r.mailing_id = $1 GROUP BY 1
