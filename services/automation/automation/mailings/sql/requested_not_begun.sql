-- Messages of a mailing that no worker has in hand or has handed over; their work is taken away.
DELETE FROM tasks t USING mailing_recipients r
 WHERE r.mailing_id = $1 AND t.id = r.message_id AND t.failed_at IS NULL
   AND (t.leased_until IS NULL OR t.leased_until < now()) AND NOT t.payload::jsonb ? 'handed_over'
RETURNING r.message_id, r.customer_id
