-- The command, and the call that followed from it, whether the exchange named it in its answer or in the call's events.
SELECT c.id AS command_id, c.state, c.customer_id, c.manager_id, c.intake || '/' || c.source AS exchange, c.requested_at,
       c.reason, c.direction,
       coalesce((SELECT i.id FROM interactions i WHERE i.command_id = c.id ORDER BY i.at LIMIT 1),
                (SELECT i.id FROM interactions i WHERE i.id = c.interaction_id)) AS interaction_id
  FROM call_commands c WHERE c.id = $1
