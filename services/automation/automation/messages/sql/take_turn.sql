-- Seconds until this message's turn at the provider, which is now taken; none where it is further away than the longest wait.
INSERT INTO media_pace AS p (medium, free_at) VALUES ($1, now() + make_interval(secs => $2))
ON CONFLICT (medium) DO UPDATE SET free_at = greatest(p.free_at, now()) + make_interval(secs => $2)
 WHERE p.free_at <= now() + make_interval(secs => $3)
RETURNING greatest(extract(epoch FROM free_at - now())::float - $2, 0)
