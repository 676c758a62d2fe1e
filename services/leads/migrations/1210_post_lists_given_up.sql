-- migrate:up

-- What was kept of lists whose telling was given up by an earlier release, which left it behind.
DELETE FROM lists_told t
 WHERE NOT EXISTS (SELECT FROM tasks k
                    WHERE k.kind = 'leads.tell_list_portion' AND k.failed_at IS NULL
                      AND k.payload -> 'asked' ->> 'request_id' = t.request_id::text);

-- migrate:down

