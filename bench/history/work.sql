-- event: interaction.registered.v1
SELECT some_id(n * 8 + c, 'contact') AS stream_id, 1 AS version, at AS occurred_at,
       jsonb_build_object('interaction_id', some_id(n * 8 + c, 'contact'), 'kind', kind, 'intake', 'pbx', 'source', 'office',
         'flow', flow, 'customer_id', customer_id, 'manager_id', manager_id, 'lead_id', lead_id,
         'deal_id', CASE WHEN has_deal AND at > opened_at THEN deal_id END, 'direction', direction,
         'call', CASE WHEN kind = 'call' THEN jsonb_build_object('flow', flow, 'started_at', at, 'talk_seconds',
           CASE WHEN is_answered THEN round(20 + 400 * power(chance(n * 8 + c, 'talk'), 3)) ELSE 0 END,
           'result', CASE WHEN is_answered THEN 'answered' ELSE 'missed' END) END) AS data
  FROM (SELECT l.*, c, CASE WHEN c = 0 THEN taken_at + interval '3 minutes'
                            ELSE judged_at + wait(n * 8 + c, 'contact', '4 days') END AS at,
               (ARRAY['call', 'call', 'call', 'email', 'message'])[1 + floor(chance(n * 8 + c, 'kind') * 5)::int] AS kind,
               CASE WHEN chance(n * 8 + c, 'flow') < 0.7 THEN 'out' ELSE 'in' END AS flow,
               chance(n * 8 + c, 'answered') < 0.7 AS is_answered
          FROM lives l, generate_series(0, 5) AS c
         WHERE CASE WHEN c = 0 THEN is_taken WHEN has_deal THEN chance(n * 8 + c, 'made') < 0.5
                    ELSE c < 3 AND chance(n * 8 + c, 'made') < 0.3 END) contacts
-- event: interaction.planned.v1
SELECT some_id(n, 'meeting'), 1, opened_at + interval '1 hour',
       jsonb_build_object('interaction_id', some_id(n, 'meeting'), 'kind', 'meeting',
         'planned_at', opened_at + interval '3 days', 'customer_id', customer_id, 'manager_id', manager_id,
         'lead_id', lead_id, 'deal_id', deal_id, 'direction', direction)
  FROM lives WHERE has_deal AND chance(n, 'meeting') < 0.4
-- event: interaction.concluded.v1
SELECT some_id(n, 'meeting'), 2, opened_at + interval '3 days 1 hour',
       jsonb_build_object('interaction_id', some_id(n, 'meeting'), 'kind', 'meeting', 'held', chance(n, 'held') < 0.85,
         'result', 'told', 'customer_id', customer_id, 'manager_id', manager_id, 'lead_id', lead_id, 'deal_id', deal_id)
  FROM lives WHERE has_deal AND chance(n, 'meeting') < 0.4 AND chance(n, 'concluded') < 0.92
-- event: task.created.v1
SELECT some_id(n, 'task'), 1, assigned_at,
       jsonb_build_object('task_id', some_id(n, 'task'), 'kind', 'call', 'title', 'Call back',
         'due_at', assigned_at + interval '1 hour', 'assignee', manager_id, 'customer_id', customer_id, 'lead_id', lead_id)
  FROM lives
-- event: task.completed.v1
SELECT some_id(n, 'task'), 2, taken_at + interval '4 minutes',
       jsonb_build_object('task_id', some_id(n, 'task'), 'result', 'done', 'customer_id', customer_id)
  FROM lives WHERE is_taken
-- event: message.requested.v1
SELECT some_id(n, 'message'), 1, assigned_at + interval '1 second',
       jsonb_build_object('message_id', some_id(n, 'message'), 'customer_id', customer_id, 'medium', 'email',
         'template', 'welcome-' || 1 + n % 4,
         'cause', jsonb_build_object('rule', 'welcome', 'rule_version', 1, 'action', 'letter',
           'event_id', some_id(n, 'cause'), 'event_type', 'lead.assigned.v1', 'depth', 1))
  FROM lives WHERE chance(n, 'has email') < 0.6
-- event: message.sent.v1
SELECT some_id(n, 'message'), 2, assigned_at + interval '3 seconds',
       jsonb_build_object('message_id', some_id(n, 'message'), 'customer_id', customer_id, 'medium', 'email',
         'template', 'welcome-' || 1 + n % 4, 'attempts', 1,
         'cause', jsonb_build_object('rule', 'welcome', 'rule_version', 1, 'action', 'letter',
           'event_id', some_id(n, 'cause'), 'event_type', 'lead.assigned.v1', 'depth', 1))
  FROM lives WHERE chance(n, 'has email') < 0.6 AND chance(n, 'sent') < 0.97
-- event: message.opened.v1
SELECT some_id(n, 'message'), 3, assigned_at + interval '1 minute' + wait(n, 'opened', '9 hours'),
       jsonb_build_object('message_id', some_id(n, 'message'), 'customer_id', customer_id, 'medium', 'email')
  FROM lives WHERE chance(n, 'has email') < 0.6 AND chance(n, 'sent') < 0.97 AND chance(n, 'open') < 0.35
