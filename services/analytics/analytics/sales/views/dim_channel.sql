CREATE OR REPLACE VIEW bi.dim_channel WITH (security_invoker = true) AS
SELECT t.channel,
       min(t.touched_at) AS first_touched_at,
       max(t.touched_at) AS last_touched_at
  FROM touches t
 GROUP BY t.channel;

COMMENT ON VIEW bi.dim_channel IS 'Каналы, по которым были обращения / Channels by which requests came';
COMMENT ON COLUMN bi.dim_channel.channel IS 'Канал / Channel';
COMMENT ON COLUMN bi.dim_channel.first_touched_at IS 'Когда пришло первое обращение / When the first request came';
COMMENT ON COLUMN bi.dim_channel.last_touched_at IS 'Когда пришло последнее обращение / When the last request came';

GRANT SELECT ON bi.dim_channel TO bi_reader;
